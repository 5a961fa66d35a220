#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Says of a file or folder whose contents are trusted that others than this user and the system's administrator may change them; nil
/// where they may not, or where nothing is.
package func writableByOthers(_ path: String) -> FileError? {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { return nil }
  if status.st_uid != 0, status.st_uid != geteuid() {
    return FileError(
      path: path,
      reason: "belongs to another user (uid \(status.st_uid)), who may change what is read from it; name another cache "
        + "with XDG_CACHE_HOME")
  }
  guard status.st_mode & 0o022 != 0 else { return nil }
  return FileError(
    path: path,
    reason:
      "may be written by other users (mode \(String(status.st_mode & 0o7777, radix: 8))); take that from them with "
      + "chmod go-w, or name another cache with XDG_CACHE_HOME")
}
