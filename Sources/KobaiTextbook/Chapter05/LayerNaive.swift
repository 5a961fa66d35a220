/// Multiplication as a node of a computational graph (section 5.4.1): it keeps its inputs, for each is the other's
/// derivative.
struct MulLayer {
  private var x = 0.0, y = 0.0

  mutating func forward(_ x: Double, _ y: Double) -> Double {
    (self.x, self.y) = (x, y)
    return x * y
  }

  func backward(_ dout: Double) -> (dx: Double, dy: Double) { (dout * y, dout * x) }
}

/// Addition (section 5.4.2): the gradient goes to both sides as it is.
struct AddLayer {
  func forward(_ x: Double, _ y: Double) -> Double { x + y }
  func backward(_ dout: Double) -> (dx: Double, dy: Double) { (dout, dout) }
}
