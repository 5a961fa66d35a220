#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Refuses a file or folder whose contents are trusted where others than this user and the system's administrator may change them.
///
/// - Throws: `FileError` that says who may, and what to do; nothing where nothing is.
package func refuseWhatOthersMayWrite(_ path: String) throws(FileError) {
  guard let status = try fileStatus(path) else { return }
  if status.owner != 0, status.owner != geteuid() {
    throw FileError(
      path: path,
      reason: "belongs to another user (uid \(status.owner)), who may change what is read from it; name another cache "
        + "with XDG_CACHE_HOME")
  }
  guard status.permissions & 0o022 != 0 else { return }
  throw FileError(
    path: path,
    reason:
      "may be written by other users (mode \(String(status.permissions, radix: 8))); take that from them with "
      + "chmod go-w, or name another cache with XDG_CACHE_HOME")
}
