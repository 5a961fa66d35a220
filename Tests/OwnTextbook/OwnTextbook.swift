import KobaiTextbook
import KobaiTextbookCommand

// The executable of the documentation's example: the book's experiments, and one more.

@main
struct OwnTextbook {
  static func main() {
    TextbookCommand("own-textbook", experiments: Textbook.experiments + [SquareRoot()]).main()
  }
}
