import ArgumentParser
import Foundation
import Kobai
import KobaiCommand
import KobaiData
import KobaiFiles

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Says what pictures show: PNG and JPEG files of any size, folders of them, or IDX files; predicts for rows of CSV files.",
    discussion: """
      A network that was trained on a table takes CSV files: of each row it prints the class with its probability, or the \
      numbers. Columns are found by their names, and need not include the target.

      A picture becomes what it would be in a folder to train on: resized until it just covers the images that the network \
      takes, of which the middle is taken. It is drawn in colours where the terminal has them (COLORTERM=truecolor says that \
      it has all), beside its classes.

      A network of one channel of 28×28 takes digits. Those of a picture are found and prepared as MNIST's were: inverted \
      where the paper is light, cropped, scaled to 20×20, and centred by their mass in 28×28. Shadows, ruled lines, specks \
      and what reaches the picture's edge are no digits. Several in one picture are read line by line, each from left to \
      right. Images of IDX files are taken as they are, EMNIST's turned upright.

      A doubtful prediction has a warning on standard error. A picture that cannot be read is an error there; the others are \
      read, and the exit code is 1.
      """)

  @OptionGroup var weights: WeightsOptions
  @Option(help: "\(orientationHelp)")
  var orientation = StoredOrientation.auto
  @Argument(help: "The pictures, folders of them, or CSV files.", transform: expandingTilde)
  var images: [String]
  @Flag(help: "All ink of a picture is one digit.")
  var single = false
  @Flag(
    help:
      "One line a picture: its file and its class, or \"file: 4 2\" where it shows several digits; of a row its class alone."
  )
  var quiet = false

  func validate() throws {
    guard !images.isEmpty else { throw ValidationError("name a picture at least") }
  }

  func run() throws {
    let saved = try weights.load()
    let isOfTable = saved.card.encoding != nil
    let model = try saved.model(batch: isOfTable ? 100 : 1, kernels: .fromEnvironment(threads: 1))
    if isOfTable { return try TablePrediction(model, isQuiet: quiet).run(images) }
    let paths = try images.flatMap(Self.pictures)
    try PicturePrediction(
      weights.weights, saved, model, orientation: orientation, isSingle: single, isQuiet: quiet
    ).run(paths)
  }

  /// The pictures of a folder in the order of their names; of anything else the path itself.
  private static func pictures(_ path: String) throws -> [String] {
    guard try isFolder(path) else { return [path] }
    let names = try listFolder(path)
      .filter { !$0.hasPrefix(".") && PictureName.isReadable($0) }
      .sorted { $0.localizedStandardCompare($1) == .orderedAscending }
    guard !names.isEmpty else { throw FileError(path: path, reason: "holds no PNG or JPEG picture") }
    return names.map { (path as NSString).appendingPathComponent($0) }
  }
}
