#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Creates a folder, and those above it that are missing. A folder that exists stays as it is.
package func createFolder(_ path: String) throws(FileError) {
  guard create(path[...]) else { throw FileError(path: path, reason: "no folder can be made there") }
}

private func create(_ path: Substring) -> Bool {
  var path = path
  while path.count > 1, path.hasSuffix("/") { path.removeLast() }
  if isFolder(path) { return true }
  if let slash = path.lastIndex(of: "/"), slash > path.startIndex, !create(path[..<slash]) { return false }
  // Another process may create the same folder at the same time.
  return unsafe mkdir(String(path), 0o777) == 0 || errno == EEXIST && isFolder(path)
}

private func isFolder(_ path: Substring) -> Bool {
  var status = stat()
  return unsafe stat(String(path), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}
