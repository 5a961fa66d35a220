/// Creates a folder, and those above it that are missing. A folder that exists stays as it is.
///
/// - Parameter isPrivate: whether nobody else may look into what is created.
package func createFolder(_ path: String, isPrivate: Bool = false) throws(FileError) {
  do { try create(path[...], isPrivate) } catch {
    throw FileError(path: path, reason: "no folder can be made there: \(error.description)")
  }
}

private func create(_ path: Substring, _ isPrivate: Bool) throws(SystemError) {
  var path = path
  while path.count > 1, path.hasSuffix("/") { path.removeLast() }
  if try FileStatus.find(String(path))?.kind == .folder { return }
  if let slash = path.lastIndex(of: "/"), slash > path.startIndex { try create(path[..<slash], isPrivate) }
  do { try makeFolder(String(path), isPrivate: isPrivate) } catch {
    // Another process may create the same folder at the same time.
    guard try FileStatus.find(String(path))?.kind == .folder else { throw error }
  }
}
