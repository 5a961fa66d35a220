import KobaiTextbookCommand

@main
struct Main {
  static func main() { TextbookCommand().main() }
}
