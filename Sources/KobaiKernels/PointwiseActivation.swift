import CKernels

/// An activation function of your own, element by element, which the kernels call where they call theirs: by itself, or while
/// the outputs of a convolution, a batch normalisation or an affine layer are in the cache.
///
/// Both functions are given sixteen elements at a time, as by ``Kernels/map(_:into:_:)``, and are called on several threads at
/// once. What is said there of bits holds here.
///
/// ```swift
/// struct Squareplus: PointwiseActivation {
///   var keepsInput: Bool { true }
///   func forward(_ x: Kernels.Vector) -> Kernels.Vector { 0.5 * (x + (x * x + 4).squareRoot()) }
///   func backward(_ dy: Kernels.Vector, _ x: Kernels.Vector) -> Kernels.Vector {
///     dy * 0.5 * (1 + x / (x * x + 4).squareRoot())
///   }
/// }
/// try kernels.activationForward(.custom(CustomActivation(Squareplus())), x.span, into: y.mutableSpan)
/// ```
public protocol PointwiseActivation: Sendable {
  /// Whether the derivative is taken from the function's input x; else it is taken from its output y. The output is there
  /// anyway; to keep the input as well takes memory and time.
  var keepsInput: Bool { get }

  /// y = f(x)
  func forward(_ x: Kernels.Vector) -> Kernels.Vector

  /// dx = dy · f′, with f′ taken from what is kept: x where ``keepsInput`` says so, else y.
  func backward(_ dy: Kernels.Vector, _ kept: Kernels.Vector) -> Kernels.Vector
}

/// A ``PointwiseActivation``, compiled for the kernels to call. Two of them are equal if they are the same one.
public struct CustomActivation: Sendable, Hashable, CustomStringConvertible {
  /// The name of the function's type.
  public var description: String { functions.name }
  /// Whether the derivative is taken from the function's input.
  public var keepsInput: Bool { functions.keepsInput }
  private let functions: PointwiseFunctions

  /// Making one allocates memory; calling it does not.
  @inlinable public init<Function: PointwiseActivation>(_ function: Function) {
    self.init(
      functions: PointwiseFunctions(
        name: "\(Function.self)", keepsInput: function.keepsInput,
        forward: { count, x, y in
          var i = 0
          while i < count {
            unsafe y.store(function.forward(x.vector(i, 16)), i, 16)
            i &+= 16
          }
        },
        backward: { count, dy, kept, dx in
          var i = 0
          while i < count {
            unsafe dx.store(function.backward(dy.vector(i, 16), kept.vector(i, 16)), i, 16)
            i &+= 16
          }
        }))
  }

  @usableFromInline init(functions: PointwiseFunctions) { self.functions = functions }

  public static func == (a: CustomActivation, b: CustomActivation) -> Bool { a.functions === b.functions }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(functions)) }

  /// It points to the functions without a claim to them: whoever hands it to C keeps `self` meanwhile.
  var raw: ck_activation {
    unsafe ck_activation(
      kind: CK_CUSTOM, alpha: 0, threshold: 0, keeps_input: keepsInput,
      argument: UnsafeRawPointer(Unmanaged.passUnretained(functions).toOpaque()),
      forward: { functions, count, x, y in
        unsafe PointwiseFunctions.at(functions!) { functions in
          unsafe functions.forward(count, ElementwiseInput(x), ElementwiseOutput(y))
        }
      },
      backward: { functions, count, dy, kept, dx in
        unsafe PointwiseFunctions.at(functions!) { functions in
          unsafe functions.backward(count, ElementwiseInput(dy), ElementwiseInput(kept), ElementwiseOutput(dx))
        }
      })
  }
}

/// The loops over an activation, which the compiler has made for it where it was made. The number of elements is a multiple
/// of sixteen.
@usableFromInline final class PointwiseFunctions: Sendable {
  @usableFromInline typealias Forward = @Sendable (_ count: Int, _ x: ElementwiseInput, _ y: ElementwiseOutput) -> Void
  @usableFromInline typealias Backward =
    @Sendable (_ count: Int, _ dy: ElementwiseInput, _ kept: ElementwiseInput, _ dx: ElementwiseOutput) -> Void

  let name: String
  let keepsInput: Bool
  let forward: Forward
  let backward: Backward

  @usableFromInline init(
    name: String, keepsInput: Bool, forward: @escaping Forward, backward: @escaping Backward
  ) {
    (self.name, self.keepsInput, self.forward, self.backward) = (name, keepsInput, forward, backward)
  }

  /// Calls `body` with those that C was given a pointer to. They are not counted as used: several threads call them, and would
  /// wait for each other to count.
  @unsafe static func at(_ pointer: UnsafeRawPointer, _ body: (PointwiseFunctions) -> Void) {
    unsafe Unmanaged<PointwiseFunctions>.fromOpaque(pointer)._withUnsafeGuaranteedRef(body)
  }
}
