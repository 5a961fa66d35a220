import KobaiReport
import KobaiScratch

/// Vectors, rows and columns are three things: which products they have, of which shape, and in which words others fail.
public struct DotShapes: Experiment {
  public let about = About(
    "ch03/dot-shapes", .matrixProduct, en: "Vectors, rows, columns: which products there are, and which fail",
    ja: "1次元配列・行ベクトル・列ベクトルの積：計算できる形状とエラーになる形状",
    question: Question(
      en: "Is a one-dimensional array a row or a column?", ja: "1次元配列は行ベクトル？　それとも列ベクトル？",
      answerEn:
        "It is neither: dot takes it as a row on the left and as a column on the right, and its axis is gone from "
        + "the result. A matrix of one row or one column has two axes, keeps them, and fits on one side only.",
      answerJa: "どちらでもなく、dotの左側では行、右側では列として扱われ、その軸は結果から消えます。"
        + "1行または1列だけの行列には軸が2つあり、結果にも軸が残り、形状の合う側でしか積をとれません。"))
  @Setting("a_rows", in: 1...1000, en: "rows of A", ja: "行列Aの行数") var aRows = 2
  @Setting("a_columns", in: 1...1000, en: "columns of A", ja: "行列Aの列数") var aColumns = 3
  @Setting(
    "b_rows", in: 1...1000, en: "rows of B; the product needs as many as A has columns", ja: "行列Bの行数（Aの列数と同じなら積を計算できる）")
  var bRows = 3
  @Setting("b_columns", in: 1...1000, en: "columns of B", ja: "行列Bの列数") var bColumns = 4
  public init() {}

  public func run(_ lab: Lab) throws -> Outcome {
    let vector = NDArray([1, 2, 3])
    let (row, column) = (vector.reshaped(1, 3), vector.reshaped(3, 1))
    let matrix = NDArray([[1, 2, 3], [4, 5, 6]])
    lab.say(
      en:
        "v\(NDArray.text(vector.shape)), its transpose v.T\(NDArray.text(vector.transposed.shape)): one axis has no other order",
      ja: "v\(NDArray.text(vector.shape))、転置 v.T\(NDArray.text(vector.transposed.shape))：軸が1つしかないので転置しても変わらない")
    var outcome = Outcome()
    let products: [(String, NDArray, String, NDArray)] = [
      ("v", vector, "v", vector), ("r", row, "c", column), ("c", column, "r", row), ("M", matrix, "v", vector),
      ("v", vector, "c", column), ("r", row, "v", vector), ("c", column, "v", vector), ("v", vector, "M", matrix),
      ("M", matrix, "M", matrix),
    ]
    for (left, a, right, b) in products {
      let name = "\(left)\(NDArray.text(a.shape)) · \(right)\(NDArray.text(b.shape))"
      do throws(ShapeError) {
        let shape = try NDArray.dotShape(a.shape, b.shape)
        let product = dot(a, b)
        outcome.figures[name] = product.elements
        lab.say("\(name) = \(NDArray.text(shape))\n\(product.integerDescription)")
      } catch {
        lab.say(en: "\(name): error: \(error)", ja: "\(name)：エラー：\(error)")
      }
    }
    outcome.pictures = [Picture("dot-shapes", picture(vector, row, column, matrix, lab))]
    outcome.figures["A·B"] = (try? NDArray.dotShape([aRows, aColumns], [bRows, bColumns]))?.map(Double.init) ?? []
    return outcome
  }

  private func picture(_ vector: NDArray, _ row: NDArray, _ column: NDArray, _ matrix: NDArray, _ lab: Lab) -> Figure {
    let product = lab.words(en: "Two matrices", ja: "行列と行列")
    let (a, b) = ([aRows, aColumns], [bRows, bColumns])
    var items: [ShapeDiagram.Item] = [.data("A", a), .dot, .data("B", b)]
    do throws(ShapeError) {
      let shape = try NDArray.dotShape(a, b)
      items += [.equals, .data("A·B", shape)]
      lab.say("A\(NDArray.text(a)) · B\(NDArray.text(b)) = \(NDArray.text(shape))")
    } catch {
      lab.say(
        en: "A\(NDArray.text(a)) · B\(NDArray.text(b)): error: \(error)",
        ja: "A\(NDArray.text(a)) · B\(NDArray.text(b))：エラー：\(error)")
    }
    func panel(_ title: String, _ left: String, _ a: NDArray, _ right: String, _ b: NDArray) -> Panel {
      let shape = try? NDArray.dotShape(a.shape, b.shape)
      let result: [ShapeDiagram.Item] = shape.map { [.equals, .data("\(left)·\(right)", $0)] } ?? []
      return ShapeDiagram([.data(left, a.shape), .dot, .data(right, b.shape)] + result).panel(title)
    }
    return Figure(
      lab.words(en: "The inner lengths must match", ja: "内側の長さをそろえる"),
      [
        ShapeDiagram(items).panel(product),
        panel(lab.words(en: "Two vectors: a number", ja: "1次元配列どうし：スカラー"), "v", vector, "v", vector),
        panel(lab.words(en: "Row times column", ja: "行ベクトルと列ベクトル"), "r", row, "c", column),
        panel(lab.words(en: "Column times row", ja: "列ベクトルと行ベクトル"), "c", column, "r", row),
        panel(lab.words(en: "Matrix times vector", ja: "行列と1次元配列"), "M", matrix, "v", vector),
        panel(lab.words(en: "An error", ja: "エラー"), "c", column, "v", vector),
      ], columns: 3)
  }
}
