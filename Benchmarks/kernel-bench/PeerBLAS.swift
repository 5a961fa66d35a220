import ArgumentParser
import CBench
import Foundation
import Kobai

/// Another BLAS, loaded at run time: any library with `cblas_sgemm`, or SciPy's with its prefix.
@safe final class PeerBLAS {
  let name: String
  private var peer = unsafe peer_blas()

  init(_ path: String) throws {
    name = URL(fileURLWithPath: path).lastPathComponent
    if let reason = unsafe peer_blas_load(path, &peer) {
      throw ValidationError("--vs \(path): \(unsafe String(cString: reason))")
    }
  }

  /// The processor that it has chosen its code for, in its own words in one; nil where it does not say. MKL goes on about what such
  /// a processor comes "with".
  var core: String? {
    guard let core = unsafe peer_blas_core(&peer) else { return nil }
    let words = unsafe String(cString: core).split(separator: " ")
    return words.prefix { $0 != "with" }.joined(separator: "-")
  }

  func setThreads(_ count: Int) { unsafe peer_blas_set_threads(&peer, Int32(count)) }

  /// Computes C = op(A) · op(B), all row-major.
  func multiply(_ shape: GemmShape, _ a: Span<Float>, _ b: Span<Float>, into c: consuming MutableSpan<Float>) {
    let sizes = (Int32(shape.m), Int32(shape.n), Int32(shape.k))
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe c.withUnsafeMutableBufferPointer { c in
          unsafe peer_blas_sgemm(
            &peer, shape.transposeA, shape.transposeB, sizes.0, sizes.1, sizes.2, a.baseAddress, b.baseAddress,
            c.baseAddress)
        }
      }
    }
  }
}
