import Kobai
import Testing

@Suite struct ShapeTests {
  @Test func knowsItsSizes() {
    let shape: Shape = [2, 3, 4, 5]
    #expect(shape.rank == 4 && shape.count == 120 && shape[0] == 2 && shape[3] == 5)
    #expect(shape.description == "2×3×4×5")
    #expect(shape.element == [3, 4, 5])
    #expect(([3, 4, 5] as Shape).batched(7) == [7, 3, 4, 5])
    let scalar: Shape = []
    #expect(scalar.count == 1 && scalar.description == "()" && scalar.element == [])
    #expect(([0, 3] as Shape).count == 0)
  }

  @Test func comparesWhatItHolds() {
    #expect(([2, 3] as Shape) != [2, 3, 1])
    #expect(([2, 3] as Shape) == [2, 3])
    #expect(Set([[2, 3], [2, 3], [3, 2]] as [Shape]).count == 2)
  }
}

@Suite struct TensorTests {
  @Test func sharesItsElements() {
    let tensor = Tensor([2, 3], [1, 2, 3, 4, 5, 6])
    let copy = tensor
    var span = copy.mutableSpan
    span[0] = 9
    #expect(tensor.elements == [9, 2, 3, 4, 5, 6])
    #expect(tensor.prefix(1).elements == [9, 2, 3])
    #expect(tensor.prefix(1).shape == [1, 3])
    #expect(tensor.reshaped([3, 2]).sharesMemory(with: tensor))
    #expect(!tensor.sharesMemory(with: Tensor([2, 3])))
  }

  @Test("elements from outside that do not fill a tensor are an error, and labels that are no classes the loss's")
  func refusesWhatDoesNotFit() throws {
    #expect(try Tensor([1, 3], checking: [1, 2, 3]).elements == [1, 2, 3])
    let error = #expect(throws: KernelError.self) { try Tensor([1, 3], checking: [1, 2]) }
    #expect(error?.description == "tensor of 1×3: its data has 2 elements, but the sizes need 3")
    let (outputs, loss) = (Tensor([2, 3]), SoftmaxCrossEntropy())
    for label in [Int.max, 3, -1, .min] {
      #expect(throws: KernelError.self) {
        try loss.evaluate(outputs, Labels([0, label]), gradient: nil, on: Kernels.default)
      }
    }
    #expect(Labels(AnyCollection([2, Int.max])).span[1] == .max)
  }

  @Test func startsAtZeroAndCopies() {
    let tensor = Tensor([4])
    #expect(tensor.elements == [0, 0, 0, 0])
    tensor.fill(2)
    let other = Tensor([2, 2])
    other.copy(from: tensor)
    #expect(other.elements == [2, 2, 2, 2])
    #expect(other.description == "Tensor(2×2)")
  }
}
