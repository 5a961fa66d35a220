#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Creates a folder, and those above it that are missing. A folder that exists stays as it is.
///
/// - Parameter isPrivate: whether nobody else may look into what is created.
package func createFolder(_ path: String, isPrivate: Bool = false) throws(FileError) {
  guard create(path[...], isPrivate ? 0o700 : 0o777) else {
    throw FileError(path: path, reason: "no folder can be made there")
  }
}

private func create(_ path: Substring, _ mode: mode_t) -> Bool {
  var path = path
  while path.count > 1, path.hasSuffix("/") { path.removeLast() }
  if isFolder(path) { return true }
  if let slash = path.lastIndex(of: "/"), slash > path.startIndex, !create(path[..<slash], mode) { return false }
  // Another process may create the same folder at the same time.
  return unsafe mkdir(String(path), mode) == 0 || errno == EEXIST && isFolder(path)
}

private func isFolder(_ path: Substring) -> Bool {
  var status = stat()
  return unsafe stat(String(path), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}
