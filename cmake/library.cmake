# SPDX-License-Identifier: MIT
# libmicrovm, shared and static, out of the command's objects: only what include/microvm.h names can be seen from outside.
add_library(microvm_api OBJECT ${api_sources})
target_link_libraries(microvm_api PRIVATE microvm_core)
target_compile_definitions(microvm_api PRIVATE MICROVM_VERSION="${PROJECT_VERSION}")

add_library(microvm_shared SHARED $<TARGET_OBJECTS:microvm_api>)
target_link_libraries(microvm_shared PRIVATE microvm_core)
target_include_directories(microvm_shared INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>)
set(map ${CMAKE_SOURCE_DIR}/cmake/libmicrovm.map)
target_link_options(microvm_shared PRIVATE -Wl,--version-script=${map} -Wl,--as-needed -Wl,-z,defs)
if(MICROVM_SANITIZE)
  target_link_options(microvm_shared PRIVATE -Wl,-z,undefs)
endif()
set_target_properties(microvm_shared PROPERTIES OUTPUT_NAME microvm EXPORT_NAME microvm VERSION ${PROJECT_VERSION}
  SOVERSION 0 LINK_DEPENDS ${map})

# One object, in which all that is not public is local: a program that links it statically may use any name of its own.
set(MICROVM_STATIC OFF)
if(NOT MICROVM_SANITIZE AND NOT MICROVM_LTO AND NOT MICROVM_FUZZ)
  set(MICROVM_STATIC ON)
  add_custom_command(OUTPUT libmicrovm.a
    COMMAND ${CMAKE_LINKER} -r -o libmicrovm.o $<TARGET_OBJECTS:microvm_api> $<TARGET_FILE:microvm_core>
    COMMAND ${CMAKE_OBJCOPY} --localize-hidden libmicrovm.o
    COMMAND ${CMAKE_COMMAND} -E rm -f libmicrovm.a
    COMMAND ${CMAKE_AR} crD libmicrovm.a libmicrovm.o
    COMMAND ${CMAKE_COMMAND} -E rm libmicrovm.o
    DEPENDS microvm_api microvm_core $<TARGET_OBJECTS:microvm_api> COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(microvm_static ALL DEPENDS libmicrovm.a)
endif()
