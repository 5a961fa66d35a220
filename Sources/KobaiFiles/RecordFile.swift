/// A file that only grows, by a whole record at a time: one that cannot be written whole is taken back.
package final class RecordFile {
  /// The path of the file.
  package let path: String
  private let file: OpenFile
  private let isRegular: Bool
  private var torn: Int?  // where the beginning of a record stands that could not be taken back

  /// Opens a file, which is created where it is missing, and leaves it as it is. Of pipes and devices nothing can be taken back.
  ///
  /// - Throws: `FileError` where it cannot be written.
  package init(_ path: String) throws(FileError) {
    self.path = path
    do throws(SystemError) {
      file = try OpenFile(appending: path, permissions: 0o644)
      isRegular = try file.status().kind == .file
    } catch { throw .unwritable(path, error) }
  }

  /// Creates a file. One that is there already keeps its name, and the new one gets a number at the end.
  ///
  /// - Throws: `FileError` where it cannot be written.
  package init(creating wanted: String) throws(FileError) {
    var (path, number) = (wanted, 0)
    while true {
      do {
        file = try OpenFile(creating: path, permissions: 0o644, appending: true)
        break
      } catch {
        guard error.isPresence else { throw .unwritable(path, error) }
        number += 1
        path = "\(wanted).\(number)"
      }
    }
    (self.path, isRegular) = (path, true)
  }

  /// Empties the file. A pipe has nothing to empty.
  package func empty() throws(FileError) {
    guard isRegular else { return }
    do { try file.truncate(to: 0) } catch { throw .unwritable(path, error) }
    torn = nil
  }

  /// Appends a record, whole or not at all.
  package func append(_ record: [UInt8]) throws(FileError) {
    do throws(SystemError) {
      try takeBack()
      let end = isRegular ? try file.status().size : nil
      do { try unsafe file.write(record.span.bytes) } catch {
        torn = end
        try? takeBack()  // else before the next record
        throw error
      }
    } catch { throw .unwritable(path, error) }
  }

  /// Waits until all records are on the disk.
  package func synchronize() throws(FileError) {
    do { try file.synchronize() } catch { throw .unwritable(path, error) }
  }

  private func takeBack() throws(SystemError) {
    guard let end = torn else { return }
    try file.truncate(to: end)
    torn = nil
  }
}
