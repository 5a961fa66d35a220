import KobaiFiles

/// The arrays of a .npz file, as numpy.savez and numpy.savez_compressed write them. What is not compressed stays in a large
/// file, which is mapped.
public struct NumPyArchive: Sendable {
  /// The path of the file.
  public let path: String
  private let archive: ZipArchive

  /// The names of the arrays, as they are in NumPy.
  public var names: [String] { archive.members.filter(\.isArray).map(\.arrayName) }

  /// Opens an archive; its arrays are unpacked when they are asked for.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - memoryLimit: the size in bytes up to which it is read; larger ones are mapped, and must not be cut short by others then.
  /// - Throws: `FileError` where it is no zip archive, damaged, or has no arrays.
  public init(contentsOf path: String, memoryLimit: Int = 1 << 30) throws(FileError) {
    let archive = try ZipArchive(path, memoryLimit: memoryLimit)
    guard archive.members.contains(where: \.isArray) else {
      throw FileError(path: path, reason: "is a zip archive without NumPy arrays; save them with numpy.savez")
    }
    (self.path, self.archive) = (path, archive)
  }

  /// Whether there is an array of that name.
  public func contains(_ name: String) -> Bool { names.contains(name) }

  /// The array of that name.
  ///
  /// - Throws: `FileError` where there is none, or it is damaged.
  public func array(_ name: String) throws(FileError) -> NumPyArray {
    guard let member = archive.members.first(where: { $0.isArray && $0.arrayName == name }) else {
      throw FileError(path: path, reason: "has no array \(quoted(name)); it has \(names.map(quoted).listed)")
    }
    let name = "\(path), \(member.name)"
    guard member.isDeflated else {
      try archive.check(archive.storage.bytes.extracting(member.bytes), member)
      return try NumPyArray(
        archive.storage, from: member.bytes.lowerBound, to: member.bytes.upperBound, name: name)
    }
    // No more is unpacked than the array's own header promises.
    let beginning = try archive.unpack(member, first: NPYHeader.longest)
    let header = try unsafe NPYHeader(beginning.span.bytes, path: name)
    let (promised, overflow) = header.byteCount.addingReportingOverflow(header.bodyCount)
    guard !overflow, promised == member.size else {
      let claim = "\(NPYHeader.name(header.shape)) numbers of \(header.type.byteCount) bytes"
      throw FileError(
        path: name, reason: "the header claims \(claim), the file holds \(member.size - header.byteCount) bytes")
    }
    return try NumPyArray(.bytes(archive.unpack(member)), from: 0, to: member.size, name: name)
  }
}

extension ZipArchive.Member {
  fileprivate var isArray: Bool { name.hasSuffix(".npy") }
  fileprivate var arrayName: String { String(name.dropLast(4)) }
}
