import KobaiCommand
import KobaiPreconditions
import KobaiTextbook

/// A command that lists, shows and runs experiments: the book's, a reader's own, or both.
///
/// It is all of an executable, which gets `list`, `show` and `run` with `--set`, `--sweep` and the page:
///
/// ```swift
/// @main
/// struct OwnTextbook {
///   static func main() {
///     TextbookCommand("own-textbook", experiments: Textbook.experiments + [SquareRoot()]).main()
///   }
/// }
/// ```
public struct TextbookCommand: Sendable {
  let name: String
  let title: Words
  let experiments: [any Experiment]

  /// A command for the given experiments. No two of them may have the same name.
  ///
  /// - Parameters:
  ///   - name: the name of the executable, which help and errors quote.
  ///   - title: the title of the experiments together, which stands above the help and the page.
  ///   - experiments: the experiments, in the order in which they are listed within their chapters.
  public init(
    _ name: String = "textbook", title: Words = IndexPage.bookTitle,
    experiments: [any Experiment] = Textbook.experiments
  ) {
    let ids = experiments.map(\.about.id)
    let twice = ids.first { id in ids.count { $0 == id } > 1 }
    require(twice == nil, "two experiments are called \(twice ?? ""); names tell them apart")
    (self.name, self.title, self.experiments) = (name, title, experiments)
  }

  /// Does what the command line says. What goes wrong is one line on standard error, in the language of the command, and
  /// ends the process with 64 for wrong options and with 1 for everything else.
  public func main() {
    Self.$current.withValue(self) {
      Root.runWithOneLineErrors(describing: inLanguageOfReader, translating: translated)
    }
  }

  /// The command that is running. The parser knows commands by their types alone, and asks those for their words.
  @TaskLocal static var current = TextbookCommand()

  func experiment(_ id: String) throws(TextbookError) -> any Experiment {
    try Textbook.experiment(id, in: experiments)
  }
}
