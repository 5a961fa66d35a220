import Foundation
import Kobai
import KobaiData
import KobaiFiles
import KobaiKernels
import KobaiTextbook
import KobaiTraining
import TestSupport
import Testing

@testable import KobaiTextbookCommand

/// What goes wrong below the textbook, in Japanese where the reader speaks it.
@Suite("Errors in Japanese")
struct JapaneseErrorsTests {
  private func textbook(_ arguments: String..., environment: [String: String] = [:]) throws -> Command {
    try Command.run(
      "textbook", arguments, environment: environment.merging(["LC_ALL": "ja_JP.UTF-8"]) { new, _ in new })
  }

  private let hint = "（オプションの一覧は textbook --help）"

  @Test("files and folders that are missing or in the way, from outside")
  func files() throws {
    let folder = try TemporaryFolder()
    try folder.write([], to: "file")
    try folder.write(Array("cos\nsystem\n(S'true'\ntR.".utf8), to: "bad/sample_weight.pkl")
    try folder.write(Array("\u{80}".utf8), to: "odd/train-images-idx3-ubyte")
    for (arguments, line) in [
      (
        ["run", "ch03/mnist-show", "--data", "/nowhere"],
        "/nowhere：そのようなフォルダはありません。train-images-idx3-ubyteなど4つのファイルがあるフォルダを指定してください"
      ),
      (
        ["run", "ch03/mnist-show", "--data", folder.path],
        "\(folder.path)：train-images-idx3-ubyteがありません（.gzで圧縮されていても構いません）"
      ),
      (
        ["run", "ch02/xor-gate", "--out", folder / "file/deep"],
        "\(folder / "file/deep")：フォルダを作成できません（同じ名前のファイルがあります）"
      ),
      (
        ["run", "ch03/neuralnet-mnist", "--data", "embedded", "--book-weights", folder / "none"],
        "\(folder / "none/sample_weight.pkl")：読み込めません（そのようなファイルやフォルダはありません）"
      ),
      (
        ["run", "ch03/neuralnet-mnist", "--data", "embedded", "--book-weights", folder / "file"],
        "\(folder / "file/sample_weight.pkl")：読み込めません（パスの途中にフォルダではないものがあります）"
      ),
    ] {
      let run = try Command.run("textbook", arguments, environment: ["LC_ALL": "ja_JP.UTF-8"])
      #expect(run.code == 1 && run.errors == "エラー：\(line)\n", "\(run.errors)")
    }
    for (variable, value, line) in [
      ("OMP_NUM_THREADS", "many", "OMP_NUM_THREADS：「many」はスレッド数ではありません。1以上にするか、設定を外してください"),
      ("OMP_WAIT_POLICY", "lazy", "OMP_WAIT_POLICY：「lazy」は指定できません。activeかpassiveにしてください"),
    ] {
      let run = try textbook("run", "ch02/xor-gate", environment: [variable: value])
      #expect(run.code == 1 && run.errors == "エラー：\(line)\n", "\(run.errors)")
    }
    let isa = try textbook("run", "ch02/xor-gate", environment: ["KOBAI_ISA": "mmx"])
    #expect(isa.errors.hasPrefix("エラー：KOBAI_ISA：「mmx」という命令セットはありません。このマシンで使えるのは"))
    let full = try Command.shell(
      "\"$0\" \"$@\" >/dev/full", "textbook", ["list"], environment: ["LC_ALL": "ja_JP.UTF-8"])
    #expect(full.errors == "エラー：標準出力：書き込めません（ディスクの空き容量がありません）\n")
  }

  @Test("options that the parser refuses, from outside")
  func options() throws {
    for (arguments, line) in [
      (["show"], "「<name>」を指定してください"),
      (["draw", "--language", "ja"], "余分な引数「draw」があります"),
      (["show", "a", "b", "c"], "余分な引数が2個あります：「b」「c」"),
      (["show", "a", "b"], "余分な引数「b」があります"),
      (["list", "--language", "fr"], "「--language <language>」に値「fr」は指定できません。指定できる値：「en」「ja」"),
      (["run", "--all=yes"], "「--all」は値をとりません（「yes」が指定されています）"),
      (["run", "ch02/xor-gate", "--seed", "one"], "「--seed <seed>」に値「one」は指定できません"),
      (["run", "ch02/xor-gate", "--out"], "「--out <folder>」の値がありません"),
    ] {
      let run = try Command.run("textbook", arguments, environment: ["LC_ALL": "ja_JP.UTF-8"])
      #expect(run.code == 64 && run.errors == "エラー：\(line)\(hint)\n", "\(run.errors)")
    }
    let help = try textbook("--help")
    #expect(help.output.hasPrefix("概要: 『ゼロから作るDeep Learning』の実験を実行し、コードと並べて読むためのコマンド。\n"))
    for arguments in [["--help"], ["help", "run"], ["list", "--help"], ["show", "--help"], ["run", "--help"]] {
      let output = try Command.run("textbook", arguments, environment: ["LC_ALL": "ja_JP.UTF-8"]).output
      for line in output.split(separator: "\n") where line.hasPrefix("  ") && line.contains("  -") {
        #expect(line.contains(/[ぁ-んァ-ン一-龠]/), "\(line)")
      }
      #expect(!output.contains(/OVERVIEW|USAGE|OPTIONS|ARGUMENTS|Show |default:|See '/), "\(output)")
    }
  }

  /// A folder of IDX files: those given, and good ones for the rest.
  private func error(_ name: String, _ bytes: [UInt8]) throws -> String {
    let folder = try TemporaryFolder()
    let images = IDXFile.images(2, height: 1, width: 1, [0, 255])
    for (file, content) in [
      ("train-images-idx3-ubyte", images), ("train-labels-idx1-ubyte", IDXFile.labels([0, 1])),
      ("t10k-images-idx3-ubyte", images), ("t10k-labels-idx1-ubyte", IDXFile.labels([0, 1])),
    ] { try folder.write(file == name ? bytes : content, to: file) }
    let error = #expect(throws: FileError.self) { try Dataset.load(folder: folder.path) }
    let text = try inJapanese(#require(error))
    #expect(text.hasPrefix(folder.path))
    return text.replacing(folder.path, with: "")
  }

  @Test("folders of pictures")
  func pictures() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("GIF89a".utf8), to: "a/1.png")
    try folder.write(Array("GIF89a".utf8), to: "a/2.png")
    let error = #expect(throws: FileError.self) { try Dataset.load(pictures: folder.path) }
    #expect(
      try inJapanese(#require(error)).replacing(folder.path, with: "")
        == "/a/\(error?.path.hasSuffix("1.png") == true ? 1 : 2).png：GIFの画像です。PNGかJPEGに変換してください。2枚のうち2枚の画像を"
        + "読み込めません。画像を直すか、読み込めない画像を飛ばす設定にしてください")
  }

  @Test("damaged files of images and labels")
  func damagedData() throws {
    let images = "train-images-idx3-ubyte"
    let labels = "train-labels-idx1-ubyte"
    for (name, bytes, line) in [
      (images, [1, 2], "/\(images)：2バイトしかなく、IDXファイルではありません（先頭の4バイトがマジックナンバーです）"),
      (images, Array("<!DOCTYPE html>".utf8), "/\(images)：ウェブページです。IDXファイルではありません。取得し直してください"),
      (
        images, Array("version https://git-lfs.github.com/spec/v1\n".utf8),
        "/\(images)：Git LFSのポインタです。IDXファイルではありません。git lfs pullで取得してください"
      ),
      (images, Array("BZh91".utf8), "/\(images)：bzip2ファイルです。IDXファイルではありません。bunzip2で展開してください"),
      (images, IDXFile.labels([0, 1]), "/\(images)：マジックナンバーが0x00000801です。画像のファイルなら0x00000803です"),
      (
        labels, IDXFile.images(1, height: 1, width: 1, [0]),
        "/\(labels)：マジックナンバーが0x00000803です。ラベルのファイルなら0x00000801（バイト）、0x00000c01か0x00000c02（32ビット整数）です"
      ),
      (
        images, Array(IDXFile.images(2, height: 1, width: 1, [0, 1]).prefix(9)), "/\(images)：ヘッダの途中（9バイト）でファイルが終わっています"
      ),
      (
        images, IDXFile.images(2, height: 3, width: 1, [0]), "/\(images)：ヘッダによるとデータは2×3×1バイトのはずですが、実際は1バイトです"
      ),
      (labels, IDXFile.labels([0]), "/\(labels)：ラベルは1個ですが、/\(images)の画像は2枚です"),
      (images, IDXFile.images(2, height: 0, width: 1, []), "/\(images)：画像の大きさが0×1画素です"),
      (images, IDXFile.images(2, height: 1, width: 2, [0, 1, 2, 3]), "：訓練画像は1×2画素ですが、テスト画像は1×1画素です"),
      (images, [0x1f, 0x8b, 8], "/\(images)：gzipファイルが3バイトで途切れています。取得し直してください"),
      (
        labels, IDXFile.header(0xc01, [2]) + [0, 1, 0x86, 0xa0, 0, 0, 0, 0],
        "/\(labels)：1枚目の画像のラベルが100000です。使えるクラスは0から99999までです"
      ),
    ] as [(String, [UInt8], String)] {
      let text = try error(name, bytes)
      #expect(text == line)
    }
  }

  @Test("weights that are none, or not the book's")
  func weights() throws {
    let folder = try TemporaryFolder()
    let network = try Network(input: [1, 28, 28], batch: 1, ["affine1": Affine(10)])
    func error(_ bytes: [UInt8]) throws -> String {
      try folder.write(bytes, to: "w.pkl")
      let error = #expect(throws: FileError.self) { try network.load(from: folder / "w.pkl") }
      return try inJapanese(#require(error)).replacing(folder.path, with: "")
    }
    #expect(
      try error([0x80, 2] + Array("cos\nsystem\n.".utf8))
        == "/w.pkl：書籍の重みのpickleではありません（2バイト目の命令GLOBAL：\"os.system\"を呼び出そうとしています。受け付けるのはNumPyの配列だけです）。"
        + "作成した環境で、配列をsafetensors.numpy.save_fileで保存し直してください")
    #expect(try error([0x80, 2] + Array("}.".utf8)).hasPrefix("/w.pkl：書籍の重みのpickleではありません（配列がありません）。"))
    #expect(try error([1, 2, 3]) == "/w.pkl：safetensorsファイルではありません（3バイトしかありません）")
    #expect(
      try error(Array("<html>".utf8)) == "/w.pkl：ウェブページです。safetensorsではありません。説明のページではなく、ファイルそのものを取得してください")
    let header = "{\"affine1.weight\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"
    let file = [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + [0, 0, 0, 0]
    let misfit = try error(file)
    #expect(
      misfit == "/w.pkl：ネットワークに合いません（affine1.weightの形状は10×784であるべきですが、1です、affine1.biasがありません）")
  }

  @Test("networks, kernels, trainings, notices")
  func others() throws {
    let build = #expect(throws: BuildError.self) { try Network(input: [1, 3, 3], batch: 1, SimpleConvNet()) }
    #expect(try inJapanese(#require(build)) == "conv1：入力3×3がカーネル5×5より小さくなっています。パディングを1以上にしてください")
    #expect(
      inJapanese(KernelError.count(kernel: "relu forward", argument: "y", needed: 6, given: 4))
        == "relu forward：yの要素数は4ですが、6個必要です")
    #expect(
      inJapanese(TrainingError.diverged(step: 30, epoch: 1, kept: 20))
        == "ステップ30（エポック1）で損失が発散しました。重みは20ステップ後のものに戻しました。学習率を小さくしてください")
    #expect(inJapanese(TextbookError(en: "no", ja: "いいえ")) == "いいえ")
    #expect(
      inJapanese("/emnist: its images are stored transposed, as EMNIST's are, and were turned upright")
        == "/emnist：画像がEMNISTと同じく転置されて保存されているため、正しい向きに直しました")
    #expect(
      inJapanese("no image of 3, 5 to train on, but 12 to test: they count as wrong")
        == "訓練データに3, 5の画像がありません。テストデータにある12枚は不正解として数えます")
    #expect(
      inJapanese("MNIST cannot be fetched (a.example: host not found; b.example: the server answers 404)")
        == "MNISTを取得できません（a.example：ホストが見つかりません、b.example：サーバの応答 404）")
    #expect(inJapanese("it holds no images") == "画像が1枚もありません")
    #expect(inJapanese("what nobody has said before") == nil)
  }

  @Test("every pattern is one, and every reason in the sources has its sentence")
  func isComplete() throws {
    for phrase in errorPhrases { #expect(throws: Never.self, "\(phrase.english)") { _ = try Regex(phrase.english) } }
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources")
    var reasons = 0
    for folder in ["KobaiFiles", "KobaiData", "Kobai/Pickle", "Kobai/Safetensors", "KobaiKernels"] {
      let files = try #require(
        FileManager.default.enumerator(at: sources.appendingPathComponent(folder), includingPropertiesForKeys: nil))
      for case let file as URL in files where file.pathExtension == "swift" {
        for reason in literals(in: try String(contentsOf: file, encoding: .utf8)) {
          reasons += 1
          #expect(inJapanese(reason) != nil, "\(file.lastPathComponent): \(reason)")
        }
      }
    }
    #expect(reasons >= 60)
  }

  /// The literals that errors are made of, with 7 in the place of every value.
  private func literals(in source: String) -> [String] {
    source.matches(of: /(?:[^.]reason: (?:unsafe )?|PickleError\(|[^\w.]Problem\(|throw error\(|invalid\()\s*(?=")/)
      .compactMap {
        var rest = source[$0.range.upperBound...]
        var text = ""
        while rest.first == "\"" {
          rest.removeFirst()
          while let character = rest.popFirst(), character != "\"" {
            guard character == "\\", let escaped = rest.popFirst() else {
              text.append(character)
              continue
            }
            guard escaped == "(" else {
              text.append(escaped)
              continue
            }
            var depth = 1
            while depth > 0, let inner = rest.popFirst() { depth += inner == "(" ? 1 : inner == ")" ? -1 : 0 }
            text.append("7")
          }
          guard let more = rest.prefixMatch(of: /\s*\+\s*(?=")/) else { break }
          rest = rest[more.range.upperBound...]
        }
        return text == "7" ? nil : text  // another error's words
      }
  }
}
