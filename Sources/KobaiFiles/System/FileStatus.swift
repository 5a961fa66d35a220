#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the system tells of a file or folder without looking into it.
package struct FileStatus: Equatable, Sendable {
  /// What it is; links count as what they lead to.
  package enum Kind: Sendable { case file, folder, other }

  package let kind: Kind
  /// In bytes.
  package let size: Int
  /// The time of the last change in nanoseconds.
  package let modified: Int
  /// Who may read and write it.
  package let permissions: mode_t
  /// The number of the user whose it is.
  package let owner: uid_t
  /// The numbers of the file and of its device, which tell it from every other.
  package let identity: [UInt64]

  init(_ status: stat) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .folder
    default: kind = .other
    }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    // It tells versions of a file apart; a time that is too far from 1970 for that wraps around.
    (size, modified) = (Int(status.st_size), Int(time.tv_sec) &* 1_000_000_000 &+ Int(time.tv_nsec))
    (permissions, owner) = (status.st_mode & 0o7777, status.st_uid)
    identity = [UInt64(truncatingIfNeeded: status.st_dev), UInt64(status.st_ino)]
  }

  /// Asks about a path; nil where nothing is there.
  static func find(_ path: String) throws(SystemError) -> FileStatus? {
    var status = stat()
    do { _ = try checked { unsafe stat(path, &status) } } catch {
      guard error.isAbsence else { throw error }
      return nil
    }
    return FileStatus(status)
  }
}

/// What lies at a path; nil where nothing does.
///
/// - Throws: `FileError` where the system does not say.
package func fileStatus(_ path: String) throws(FileError) -> FileStatus? {
  try reading(path) { () throws(SystemError) in try FileStatus.find(path) }
}

/// Whether a path leads to a folder.
///
/// - Throws: `FileError` where the system does not say.
package func isFolder(_ path: String) throws(FileError) -> Bool { try fileStatus(path)?.kind == .folder }

/// The size of a regular file in bytes and the time of its last change in nanoseconds; nil where there is none.
package func fileStamp(_ path: String) throws(FileError) -> (size: Int, modified: Int)? {
  guard let status = try fileStatus(path), status.kind == .file else { return nil }
  return (status.size, status.modified)
}
