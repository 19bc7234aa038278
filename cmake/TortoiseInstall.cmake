# Installs the headers, the library, the program and what find_package needs:
#
#   find_package(tortoise 0.1 REQUIRED)
#   target_link_libraries(mine PRIVATE tortoise::tortoise)

include(CMakePackageConfigHelpers)
set(tortoise_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tortoise)

install(TARGETS tortoise EXPORT tortoise-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS tortoise_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/tortoise
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/tortoise)

install(EXPORT tortoise-targets NAMESPACE tortoise::
  DESTINATION ${tortoise_package_dir})
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/tortoise-config.cmake.in
  ${PROJECT_BINARY_DIR}/tortoise-config.cmake
  INSTALL_DESTINATION ${tortoise_package_dir})
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/tortoise-config-version.cmake
  COMPATIBILITY SameMajorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/tortoise-config.cmake
  ${PROJECT_BINARY_DIR}/tortoise-config-version.cmake
  DESTINATION ${tortoise_package_dir})
