// The one place where spans become pointers. A wrapper's spans outlive the C call it makes, which keeps neither.

extension Span where Element: BitwiseCopyable {
  @unsafe var pointer: UnsafePointer<Element>? {
    unsafe withUnsafeBufferPointer { $0.baseAddress }
  }

  /// From element `first` on; nil where there are no elements.
  @unsafe func pointer(at first: Int) -> UnsafePointer<Element>? {
    guard let start = unsafe pointer else { return nil }
    return unsafe start + first
  }
}

extension MutableSpan where Element: BitwiseCopyable {
  @unsafe mutating func pointer() -> UnsafeMutablePointer<Element>? {
    unsafe withUnsafeMutableBufferPointer { $0.baseAddress }
  }

  /// From element `first` on; nil where there are no elements.
  @unsafe mutating func pointer(at first: Int) -> UnsafeMutablePointer<Element>? {
    guard let start = unsafe pointer() else { return nil }
    return unsafe start + first
  }
}

extension Optional where Wrapped: ~Copyable & ~Escapable {
  /// The pointer of an argument that may be left out.
  @unsafe mutating func pointer<Element: BitwiseCopyable>() -> UnsafeMutablePointer<Element>?
  where Wrapped == MutableSpan<Element> {
    unsafe self?.pointer() ?? nil
  }
}
