// SPDX-License-Identifier: MIT
//! Tasks that take turns: one step of one task with every tick. A task is a closure, and what it
//! remembers from step to step is what the closure has captured.

use crate::console::println;
use crate::timer;
use alloc::{boxed::Box, collections::VecDeque, string::String};

pub enum State {
    Ready,
    Finished,
}

struct Task {
    name: String,
    step: Box<dyn FnMut(usize) -> State>,
}

pub struct Scheduler {
    tasks: VecDeque<Task>,
    created: usize,
}

impl Scheduler {
    pub const fn new() -> Self {
        let tasks = VecDeque::new();
        Self { tasks, created: 0 }
    }

    /// The step is called with the number of the tick, until it says that it has finished.
    pub fn spawn(&mut self, name: &str, step: impl FnMut(usize) -> State + 'static) {
        self.created += 1;
        println!("[sched] created task {}: '{name}'", self.created);
        let (name, step) = (name.into(), Box::new(step));
        self.tasks.push_back(Task { name, step });
    }

    /// Round robin, until no task is left.
    pub fn run(mut self) {
        let mut tick = 0;
        while let Some(mut task) = self.tasks.pop_front() {
            tick += 1;
            timer::wait_for(tick);
            match (task.step)(tick) {
                State::Ready => self.tasks.push_back(task),
                State::Finished => println!("[sched] '{}' has finished", task.name),
            }
        }
    }
}
