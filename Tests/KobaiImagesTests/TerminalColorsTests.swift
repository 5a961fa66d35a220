import KobaiImages
import Testing

@Suite struct TerminalColorsTests {
  @Test(
    arguments: [
      ([:], TerminalColors.palette), (["COLORTERM": "truecolor"], .trueColor), (["COLORTERM": "24bit"], .trueColor),
      (["COLORTERM": "truecolor", "NO_COLOR": "1"], .none), (["NO_COLOR": ""], .palette), (["TERM": "dumb"], .none),
    ] as [([String: String], TerminalColors)])
  func theVariablesSayWhatThereIs(_ environment: [String: String], _ colors: TerminalColors) {
    #expect(TerminalColors(environment, isTerminal: true) == colors)
    #expect(TerminalColors(environment, isTerminal: false) == .none)
  }

  @Test func twoRowsAreALine() {
    let picture = Picture(
      width: 2, height: 3, channels: 3,
      pixels: [255, 0, 0, 255, 0, 0, 1, 2, 3, 1, 2, 3, 0, 0, 255, 128, 128, 128])
    #expect(
      picture.terminalLines(.trueColor) == [
        "\u{1b}[38;2;255;0;0;48;2;1;2;3m▀▀\u{1b}[0m", "\u{1b}[38;2;0;0;255m▀\u{1b}[38;2;128;128;128m▀\u{1b}[0m",
      ])
    #expect(
      picture.terminalLines(.palette) == [
        "\u{1b}[38;5;196;48;5;16m▀▀\u{1b}[0m", "\u{1b}[38;5;21m▀\u{1b}[38;5;244m▀\u{1b}[0m",
      ])
    let gray = Picture(width: 2, height: 2, pixels: [255, 0, 255, 0])
    #expect(gray.terminalLines(.none) == ["█ "])
    #expect(
      gray.terminalLines(.trueColor) == [
        "\u{1b}[38;2;255;255;255;48;2;255;255;255m▀\u{1b}[38;2;0;0;0;48;2;0;0;0m▀\u{1b}[0m"
      ])
  }
}
