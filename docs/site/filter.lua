-- SPDX-License-Identifier: MIT
-- Turns a page's blocks into what the site shows: terminals, files with their names, drawings; links to pages and to sources.
-- Metadata: here = the page's file, up = the way from the page to the site's root, pages = FILE|TARGET|TITLE of each page.

local here, folder, up
local pages = {}

local function escape(text)
    return (text:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;"))
end

local function title(text)
    return '<div class="title">' .. escape(text) .. "</div>"
end

-- What the reader types in a conversation with a program: the prompts that are known, and the one that the block names.
local function typed(line, prompt)
    for _, start in ipairs({ "$ ", "> ", "(gdb) ", "(monitor) ", prompt or "$ " }) do
        if line:sub(1, #start) == start then
            return start, line:sub(#start + 1)
        end
    end
end

local function terminal(block)
    local lines = {}
    for line in (block.text .. "\n"):gmatch("(.-)\n") do
        local prompt, rest = typed(line, block.attributes.prompt)
        if prompt then
            line = '<span class="prompt">' .. escape(prompt) .. "</span><b>" .. escape(rest) .. "</b>"
        else
            line = escape(line)
        end
        lines[#lines + 1] = line
    end
    local name = block.attributes.terminal and title("terminal " .. block.attributes.terminal) or ""
    return '<div class="terminal">' .. name .. '<pre tabindex="0">' .. table.concat(lines, "\n") .. "</pre></div>"
end

-- ASCII art is drawn if it has what drawings are made of.
local function is_drawing(text)
    return text:find("%-%-[%-+>.']") and text:find("|") and not text:find("[\128-\255]")
end

local function drawing(block)
    local ok, svg = pcall(pandoc.pipe, "aasvg", { "--stretch", "--fill" }, block.text .. "\n")
    if not ok then
        return nil
    end
    local columns = 0
    for line in block.text:gmatch("[^\n]+") do
        columns = math.max(columns, #line)
    end
    return '<figure class="drawing" tabindex="0"><div role="img" style="--columns: ' .. columns .. 'ch">' .. svg ..
        "</div><details><summary>as text</summary><pre>" .. escape(block.text) .. "</pre></details></figure>"
end

function CodeBlock(block)
    local kind = block.classes[1]
    if kind == "console" then
        return pandoc.RawBlock("html", terminal(block))
    end
    if (kind == "text" or kind == nil) and is_drawing(block.text) then
        local html = drawing(block)
        if html then
            return pandoc.RawBlock("html", html)
        end
    end
    if kind == "asm" then
        block.classes[1] = "gnuassembler"
    end
    local name = block.attributes.file or block.attributes.excerpt
    block.attributes = {}
    local said = name and (kind == "diff" and name .. ": changes" or name)
    if not said then
        return block
    end
    return { pandoc.RawBlock("html", '<div class="file">' .. title(said)), block, pandoc.RawBlock("html", "</div>") }
end

-- A paragraph that only names the file of the block behind it is for readers of the Markdown: here the block has a title.
local function names_the_file(paragraph, block)
    return paragraph.t == "Para" and block.t == "CodeBlock" and block.attributes.file
        and pandoc.utils.stringify(paragraph):gsub("^In ", ""):gsub(":$", "") == block.attributes.file
end

function Blocks(blocks)
    local kept = {}
    for i, block in ipairs(blocks) do
        if not (blocks[i + 1] and names_the_file(block, blocks[i + 1])) then
            kept[#kept + 1] = block
        end
    end
    return kept
end

-- The path of a link's target from the repository's root.
local function resolve(target)
    local parts = {}
    for part in (folder .. target):gmatch("[^/]+") do
        if part == ".." then
            table.remove(parts)
        elseif part ~= "." then
            parts[#parts + 1] = part
        end
    end
    return table.concat(parts, "/")
end

function Link(link)
    local target, anchor = link.target:match("^([^#]*)(.*)$")
    if target == "" or target:match("^%a+:") then
        return link
    end
    local path = resolve(target)
    if pages[path] then
        link.target = up .. pages[path].file .. anchor
        if pandoc.utils.stringify(link.content):match("%.md$") then
            link.content = { pandoc.Str(pages[path].title) }
        end
    else
        link.target = up .. "source/" .. path .. anchor
    end
    return link
end

function Image(image)
    if not image.src:match("^%a+:") then
        image.src = up .. "source/" .. resolve(image.src)
    end
    return image
end

function Table(t)
    return { pandoc.RawBlock("html", '<div class="table" tabindex="0">'), t, pandoc.RawBlock("html", "</div>") }
end

local function settings(meta)
    here = pandoc.utils.stringify(meta.here)
    up = pandoc.utils.stringify(meta.up)
    folder = here:match("^(.*/)") or ""
    for _, pair in ipairs(meta.pages) do
        local from, file, name = pandoc.utils.stringify(pair):match("^(.-)|(.-)|(.*)$")
        pages[from] = { file = file, title = name }
    end
end

return { { Meta = settings }, { Blocks = Blocks }, { CodeBlock = CodeBlock, Link = Link, Image = Image, Table = Table } }
