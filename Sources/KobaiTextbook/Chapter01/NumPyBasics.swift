import KobaiScratch

/// What section 1.5 types at the prompt: arithmetic of arrays, matrices, broadcasting and indices. `NDArray` calculates
/// and prints as numpy does.
public struct NumPyBasics: Experiment {
  public let about = About(
    "ch01/numpy", .numpy, en: "Arrays, broadcasting and indices, as numpy prints them",
    ja: "NumPyの配列：算術計算、ブロードキャスト、要素へのアクセス")
  @Setting("scalar", in: -100...100, en: "the number that B is broadcast with", ja: "ブロードキャストするスカラ値") var scalar = 10.0
  @Setting("threshold", in: -1000...1000, en: "elements above it are taken", ja: "取り出す要素の下限（これより大きい要素）") var threshold =
    15.0
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let (x, y): (NDArray, NDArray) = ([1, 2, 3], [2, 4, 6])
    lab.say(en: "element by element:", ja: "要素ごとの算術計算：")
    lab.say("x = \(x), y = \(y)")
    for (name, result) in [("x + y", x + y), ("x - y", x - y), ("x * y", x * y), ("x / y", x / y), ("x / 2", x / 2)] {
      lab.say("\(name) = \(result)")
    }

    let (a, b): (NDArray, NDArray) = ([[1, 2], [3, 4]], [[3, 0], [0, 6]])
    lab.say()
    lab.say(en: "matrices:", ja: "行列：")
    lab.say("A =\n\(a.integerDescription)")
    lab.say("A.shape = \(NDArray.text(a.shape)), B.shape = \(NDArray.text(b.shape))")
    lab.say("A + B =\n\((a + b).integerDescription)\nA * B =\n\((a * b).integerDescription)")

    let row: NDArray = [10, 20]
    lab.say()
    lab.say(en: "broadcasting: the smaller array is repeated", ja: "ブロードキャスト：小さいほうの配列を繰り返して形状をそろえる")
    let isWhole = scalar == scalar.rounded()
    lab.say("A * \(scalar.short) =\n\(isWhole ? (a * scalar).integerDescription : (a * scalar).description)")
    lab.say("A * \(row.integerDescription) =\n\((a * row).integerDescription)")

    let matrix: NDArray = [[51, 55], [14, 19], [0, 4]]
    let flat = matrix.flattened
    let above = flat.map { $0 > threshold ? 1 : 0 }
    let taken = NDArray(flat.elements.filter { $0 > threshold })
    lab.say()
    lab.say(en: "indices:", ja: "要素へのアクセス：")
    lab.say("X =\n\(matrix.integerDescription)")
    lab.say("X[0] = \(matrix.row(0).integerDescription), X[0][1] = \(Int(matrix[0, 1]))")
    lab.say("X.flatten() = \(flat.integerDescription)")
    lab.say("X.flatten()[[0, 2, 4]] = \(flat.rows([0, 2, 4]).integerDescription)")
    lab.say("X > \(threshold.short) =\n\(above.reshaped(matrix.shape).booleanDescription)")
    lab.say("X[X > \(threshold.short)] = \(taken.integerDescription)")
    return Outcome([
      "x + y": (x + y).elements, "x / y": (x / y).elements, "A * B": (a * b).elements, "A * row": (a * row).elements,
      "A * scalar": (a * scalar).elements, "taken": taken.elements,
    ])
  }
}
