// The one place where spans become pointers. A wrapper's spans outlive the C call it makes, which keeps neither.

extension Span where Element: BitwiseCopyable {
  @unsafe var pointer: UnsafePointer<Element>? {
    unsafe withUnsafeBufferPointer { $0.baseAddress }
  }
}

extension MutableSpan where Element: BitwiseCopyable {
  @unsafe mutating func pointer() -> UnsafeMutablePointer<Element>? {
    unsafe withUnsafeMutableBufferPointer { $0.baseAddress }
  }
}

extension Optional where Wrapped: ~Copyable & ~Escapable {
  /// The pointer of an argument that may be left out.
  @unsafe mutating func pointer<Element: BitwiseCopyable>() -> UnsafeMutablePointer<Element>?
  where Wrapped == MutableSpan<Element> {
    unsafe self?.pointer() ?? nil
  }
}
