// Derivatives by trying out: change a number a little, and look how far the function moves (sections 4.3 and 4.4).

/// f′(x) from both sides: (f(x + h) − f(x − h)) / 2h (section 4.3.1).
public func numericalDifferentiation(_ f: (Double) -> Double, _ x: Double, h: Double = 1e-4) -> Double {
  (f(x + h) - f(x - h)) / (2 * h)
}

/// All partial derivatives of f at x, one element after the other, in the shape of x (section 4.4).
public func numericalGradient(_ f: (NDArray) -> Double, _ x: NDArray, h: Double = 1e-4) -> NDArray {
  var (point, gradient) = (x, NDArray.zeros(like: x))
  for i in point.elements.indices {
    point.elements[i] = x.elements[i] + h
    let above = f(point)
    point.elements[i] = x.elements[i] - h
    let below = f(point)
    gradient.elements[i] = (above - below) / (2 * h)
    point.elements[i] = x.elements[i]
  }
  return gradient
}

/// x ← x − η ∇f, again and again; every point on the way, the start included (section 4.4.1).
public func gradientDescent(
  _ f: (NDArray) -> Double, from start: NDArray, learningRate: Double = 0.01, steps: Int = 100
) -> [NDArray] {
  var path = [start]
  for i in 0..<steps { path.append(path[i] - learningRate * numericalGradient(f, path[i])) }
  return path
}
