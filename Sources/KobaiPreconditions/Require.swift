/// Ends the process with a message unless a condition holds that only a programmer's error can break.
///
/// The standard library's `precondition` loses its message in optimised builds, where the users of a library meet it. This
/// one keeps it; where the condition holds it costs no more.
@inlinable @inline(__always)
package func require(
  _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
  if !condition { fail(message(), file, line) }
}

/// Ends the process. It is a function of its own, so that its callers stay small.
@inline(never) @usableFromInline
package func fail(_ message: String, _ file: StaticString, _ line: UInt) -> Never {
  fatalError(message, file: file, line: line)
}
