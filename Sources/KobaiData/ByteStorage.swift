import KobaiFiles

/// Where the bytes of images lie: in memory, or in a mapped file, which may be larger than the memory.
enum ByteStorage: Sendable {
  case array([UInt8])
  case file(MappedFile)

  var count: Int {
    switch self {
    case .array(let bytes): bytes.count
    case .file(let file): file.count
    }
  }

  var span: Span<UInt8> {
    @_lifetime(borrow self) get {
      switch self {
      case .array(let bytes): return unsafe _overrideLifetime(bytes.span, borrowing: self)
      case .file(let file): return unsafe _overrideLifetime(file.elements, borrowing: self)
      }
    }
  }
}
