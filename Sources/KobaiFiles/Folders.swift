/// The names of what is in a folder, in no order.
///
/// - Throws: `FileError` where it cannot be listed.
package func listFolder(_ path: String) throws(FileError) -> [String] {
  try reading(path) { () throws(SystemError) in try names(in: path) }
}

/// The same of a path that may lead anywhere: none where there is no folder, or one that this user may not list. What fails for
/// another reason, a disk or the number of open files, is an error, for then nobody knows what is there.
package func listFolderIfAny(_ path: String) throws(FileError) -> [String] {
  try reading(path) { () throws(SystemError) in
    do throws(SystemError) { return try names(in: path) } catch {
      guard error.isAbsence || error.isRefusal else { throw error }
      return []
    }
  }
}

/// Removes a file. One that is not there is removed already.
///
/// - Throws: `FileError` where it cannot be removed.
package func removeFile(_ path: String) throws(FileError) {
  try removing(path) { () throws(SystemError) in try removeName(path) }
}

/// Removes a folder and the files in it.
///
/// - Throws: `FileError` where one of them cannot be removed; the others are.
package func removeFolder(_ path: String) throws(FileError) {
  var failure: FileError?
  for name in try listFolder(path) {
    do { try removeFile("\(path)/\(name)") } catch { failure = failure ?? error }
  }
  if let failure { throw failure }
  try removing(path) { () throws(SystemError) in try removeEmptyFolder(path) }
}

private func removing(_ path: String, _ body: () throws(SystemError) -> Void) throws(FileError) {
  do { try body() } catch  where !error.isAbsence {
    throw FileError(path: path, reason: "cannot be removed: \(error.description)")
  } catch {}
}
