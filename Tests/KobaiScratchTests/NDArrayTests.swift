import KobaiScratch
import Testing

/// What the book leans on, with numbers small enough to check by hand.
@Suite("NDArray")
struct NDArrayTests {
  @Test("literals, shapes and indices")
  func literals() {
    let a: NDArray = [[1, 2, 3], [4, 5, 6]]
    #expect(a.shape == [2, 3] && a.rank == 2 && a.count == 6)
    #expect(a[1, 2] == 6 && a.row(1) == [4, 5, 6] && a.rows([1, 1]) == [[4, 5, 6], [4, 5, 6]])
    #expect(a.rows(0..<1).shape == [1, 3])
    #expect(NDArray(3).shape == [] && NDArray(3).item == 3)
    #expect(a.reshaped(3, -1) == [[1, 2], [3, 4], [5, 6]])
    #expect(a.transposed == [[1, 4], [2, 5], [3, 6]])
    #expect(NDArray.arange(4) == [0, 1, 2, 3] && NDArray.arange(0, 1, step: 0.25) == [0, 0.25, 0.5, 0.75])
    var b = a
    b[0, 0] = 9
    #expect(a[0, 0] == 1 && b[0, 0] == 9)
  }

  @Test("broadcasting and its way back, the sum")
  func broadcasting() {
    let a: NDArray = [[1, 2], [3, 4]]
    #expect(a * [10, 20] == [[10, 40], [30, 80]])
    #expect(a + [[10], [20]] == [[11, 12], [23, 24]])
    #expect(2 * a - 1 == [[1, 3], [5, 7]])
    #expect(1 / NDArray([2, 4]) == [0.5, 0.25])
    var c = a
    c += [1, 1]
    c *= a
    #expect(c == [[2, 6], [12, 20]])
    #expect(NDArray([1, 2]).broadcast(to: [3, 2]) == [[1, 2], [1, 2], [1, 2]])
    #expect(a.sum(to: [2]) == [4, 6] && a.sum(to: [2, 1]) == [[3], [7]] && a.sum(to: []) == 10)
  }

  @Test("dot: vectors give a number, a vector is a row on the left and a column on the right")
  func products() {
    let a: NDArray = [[1, 2], [3, 4], [5, 6]]
    #expect(NDArray([1, 2]).dot([3, 4]) == 11)
    #expect(a.dot([7, 8]) == [23, 53, 83])
    #expect(NDArray([1, 2, 3]).dot(a) == [22, 28])
    #expect(a.transposed.dot(a) == [[35, 44], [44, 56]])
    #expect(throws: ShapeError.self) { try NDArray.dotShape([3, 2], [3, 2]) }
  }

  @Test("sums, largest elements and their places")
  func reductions() {
    let a: NDArray = [[0.1, 0.8, 0.1], [0.3, 0.1, 0.6]]
    #expect(a.argmax(axis: 1) == [1, 2] && a.argmax(axis: 0) == [1, 0, 1] && a.argmax() == 1)
    #expect(a.max(axis: 0) == [0.3, 0.8, 0.6] && a.max() == 0.8 && a.min() == 0.1)
    #expect(NDArray([1, .nan, 3, .nan]).argmax() == 1)
    #expect(NDArray([[1, 2], [3, 4]]).sum(axis: 1, keepDims: true) == [[3], [7]])
    #expect(NDArray([[1, 2], [3, 4]]).mean(axis: -1) == [1.5, 3.5])
  }

  @Test("printing, without numpy at hand")
  func printing() {
    #expect("\(NDArray([[1, 2.5], [-3, 4]]))" == "[[ 1.   2.5]\n [-3.   4. ]]")
    #expect("\(NDArray([1e-5, 1]))" == "[1.e-05 1.e+00]")
    #expect("\(NDArray([0.018211273295547534, 0.24519181, 0.73659691]))" == "[0.01821127 0.24519181 0.73659691]")
    #expect(NDArray([[5, 11], [-17, 0]]).integerDescription == "[[  5  11]\n [-17   0]]")
    #expect(NDArray([[0, 1], [1, 0]]).booleanDescription == "[[False  True]\n [ True False]]")
    #expect("\(NDArray(0.5))" == "0.5" && "\(NDArray.zeros(0, 3))" == "[]")
    #expect("\(NDArray.zeros(1001))" == "[0. 0. 0. ... 0. 0. 0.]")
  }

  @Test("random numbers: the same for the same seed, with the mean and deviation of their kind")
  func randomNumbers() {
    var (a, b) = (RandomNumbers(seed: 7), RandomNumbers(seed: 7))
    let normal = NDArray.randomNormal([20_000], using: &a)
    #expect(normal == NDArray.randomNormal([20_000], using: &b))
    // Means of 20,000 are within four standard errors: 4 / √20,000, and for the squares 4 √2 / √20,000.
    #expect(abs(normal.mean()) < 0.029 && abs((normal * normal).mean() - 1) < 0.04)
    let uniform = NDArray.randomUniform([20_000], using: &a)
    #expect(uniform.min() >= 0 && uniform.max() < 1 && abs(uniform.mean() - 0.5) < 0.0082)
    #expect(Set(a.choices(1000, below: 10)) == Set(0..<10))
  }

  // What a programmer gets wrong ends the process, with numpy's words.
  @Test("shapes that do not fit end the process and say which")
  func traps() async {
    let broadcast = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = NDArray.zeros(2, 3) + NDArray.zeros(2)
    }
    #expect(words(broadcast).contains("operands could not be broadcast together with shapes (2,3) (2,)"))
    let dot = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = NDArray.zeros(2, 3).dot(.zeros(2, 3))
    }
    #expect(words(dot).contains("shapes (2,3) and (2,3) not aligned: 3 (dim 1) != 2 (dim 0)"))
    let reshape = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = NDArray.arange(6).reshaped(4, 2)
    }
    #expect(words(reshape).contains("cannot reshape array of size 6 into shape (4, 2)"))
    let index = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = NDArray.zeros(2, 3)[0, 3]
    }
    #expect(words(index).contains("index 3 is out of bounds for axis 1 with size 3"))
  }
}
