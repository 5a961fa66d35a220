#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Puts what is at a path in the place of what is at another, in a single step.
func move(_ path: String, over other: String) throws(SystemError) {
  _ = try checked { unsafe rename(path, other) }
}

/// Removes a file.
func removeName(_ path: String) throws(SystemError) { _ = try checked { unsafe unlink(path) } }

/// Where a path leads once all links are followed.
func realPath(_ path: String) throws(SystemError) -> String {
  guard let real = unsafe realpath(path, nil) else { throw SystemError(number: errno) }
  defer { unsafe free(real) }
  return unsafe String(cString: real)
}

/// Where a symbolic link points; nil where there is none.
func readLink(_ path: String) throws(SystemError) -> String? {
  var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
  let count: Int
  do {
    count = try checked {
      unsafe bytes.withUnsafeMutableBytes { unsafe readlink(path, $0.baseAddress!, $0.count) }
    }
  } catch {
    guard error.isAbsence || error.number == EINVAL else { throw error }
    return nil
  }
  return String(decoding: bytes[..<count], as: UTF8.self)
}

/// Creates a folder.
///
/// - Parameter isPrivate: whether nobody else may look into it.
func makeFolder(_ path: String, isPrivate: Bool) throws(SystemError) {
  _ = try checked { unsafe mkdir(path, isPrivate ? 0o700 : 0o777) }
}

/// Removes an empty folder.
func removeEmptyFolder(_ path: String) throws(SystemError) { _ = try checked { unsafe rmdir(path) } }

/// The names of what is in a folder, in no order.
func names(in folder: String) throws(SystemError) -> [String] {
  var opened = unsafe opendir(folder)
  while unsafe opened == nil && errno == EINTR { unsafe opened = opendir(folder) }
  guard let stream = unsafe opened else { throw SystemError(number: errno) }
  defer { unsafe _ = closedir(stream) }
  var names: [String] = []
  while true {
    errno = 0
    guard let entry = unsafe readdir(stream) else { break }
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
      unsafe $0.withMemoryRebound(to: CChar.self, capacity: 1) { unsafe String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  let number = errno  // 0 at the end
  if number != 0 { throw SystemError(number: number) }
  return names
}
