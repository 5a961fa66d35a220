/// A function of two variables, sampled on a grid.
struct GridSamples {
  let x: [Double]
  let y: [Double]
  /// The samples, a row for each y with a column for each x.
  let z: [[Double]]

  /// Samples `f` on a grid of `steps` cells each way.
  init(x: ClosedRange<Double>, y: ClosedRange<Double>, steps: Int, _ f: (_ x: Double, _ y: Double) -> Double) {
    func points(_ range: ClosedRange<Double>) -> [Double] {
      (0...steps).map { range.lowerBound + (range.upperBound - range.lowerBound) * Double($0) / Double(steps) }
    }
    let (xs, ys) = (points(x), points(y))
    (self.x, self.y) = (xs, ys)
    z = ys.map { y in xs.map { f($0, y) } }
  }
}
