import Foundation
import TestSupport
import Testing

/// `kernel-bench` from outside.
@Suite("The kernel-bench command")
struct CommandTests {
  private func bench(_ arguments: [String], environment: [String: String] = [:]) throws -> Command {
    try Command.run("kernel-bench", arguments, environment: environment)
  }

  @Test("closed and full streams end nothing; output that is lost is an error") func streams() throws {
    for streams in Redirection.all {
      for arguments in [["--help"], ["optimizer", "--shapes", "8", "--rounds", "1", "--threads", "1"]] {
        let outcome = try streams.run("kernel-bench", arguments)
        #expect(
          outcome.code == streams.code && outcome.errors == streams.errors, "\(arguments) \(streams): \(outcome.errors)"
        )
      }
      #expect(try streams.run("kernel-bench", ["train", "--batch", "0"]).code == 64)
    }
  }

  @Test("a table that is wider than the terminal becomes lists") func narrowTables() throws {
    let arguments = ["optimizer", "--shapes", "8", "--rounds", "1", "--threads", "1"]
    let narrow = try bench(arguments, environment: ["COLUMNS": "30"]).lines
    #expect(narrow.count == 6 && narrow[0] == "optimizer 8" && narrow[1] == "  threads  1", "\(narrow)")
    let wide = try bench(arguments, environment: ["COLUMNS": "80"]).lines
    #expect(wide.count == 2 && wide[0].hasPrefix("optimizer  threads "), "\(wide)")
  }

  @Test(
    "wrong options get one line and exit code 64, and nothing is measured",
    arguments: [
      ("conv --shapes 1,1,8,8,1,3,0,0", "--shapes 1,1,8,8,1,3,0,0: stride must be 1 to 2147483647"),
      (
        "conv --shapes 1,1,2,8,1,5,1,0",
        "--shapes 1,1,2,8,1,5,1,0: K must be at most 2; with padding an image is 2×8"
      ),
      (
        "conv --shapes 1,1,4,4,1,3,2147483647,1",
        "--shapes 1,1,4,4,1,3,2147483647,1: stride must be at most 6; with padding an image is 6×6"
      ),
      ("conv --shapes 1,1,8,8,1,3,1,-1", "--shapes 1,1,8,8,1,3,1,-1: pad must be 0 to 2147483647"),
      (
        "conv --shapes 1,1,400000,400000,9,3,1,0",
        "--shapes 1,1,400000,400000,9,3,1,0: too large for this machine's memory"
      ),
      ("conv --rounds-on-stdin", "Unknown option '--rounds-on-stdin'"),
      ("softmax --shapes 10,0", "--shapes 10,0: C must be 1 to 2147483647"),
      ("softmax --shapes 10,10,10", "--shapes \"10,10,10\" is no shape; the form is N,C"),
      ("pool --shapes 1,1,1,4", "--shapes 1,1,1,4: H must be 2 to 2147483647"),
      ("optimizer --shapes -1", "--shapes -1: N must be 1 to 2147483647"),
      ("gemm --shapes 64,64", "--shapes \"64,64\" is no shape; the form is M,N,K[,ta,tb]"),
      ("gemm --shapes 4,4,4,t", "--shapes 4,4,4: after M,N,K come two of n and t, not \"t\""),
      (
        "gemm --shapes 2147483647,2147483647,1", "--shapes 2147483647,2147483647,1: too large for this machine's memory"
      ),
      (
        "gemm --shapes 99999999999,99999999999,1", "--shapes 99999999999,99999999999,1: M must be 1 to 2147483647"
      ),
      (
        "gemm --rounds-on-stdin --json x.json", "--rounds-on-stdin writes no files: leave --json and --svg out"
      ),
      ("train --steps=-1", "--steps -1: it must be at least 1"),
      ("train --batch 0", "--batch 0: it must be at least 1"),
      ("train --batch 999999999999", "--batch 999999999999: too large for this machine's memory"),
      (
        "train --model , --rounds-on-stdin",
        "The value ',' is invalid for '--model <model>'. Please provide one of 'simple', 'deep', 'mlp', 'resnet9', 'vgg11' or 'mobile'."
      ),
      ("infer --batch 1,0", "The value '1,0' is invalid for '--batch <batch>'"),
      ("infer --json x --svg x", "--json and --svg x: each needs a file of its own"),
      ("scaling --batch 0", "--batch 0: it must be at least 1"),
      ("peak --rounds -3", "--rounds -3: it must be at least 1"),
      ("peak --colour", "Unknown option '--colour'"),
    ])
  func wrongOptions(_ line: String, _ message: String) throws {
    let run = try bench(line.split(separator: " ").map(String.init))
    #expect(run.code == 64)
    #expect(run.errors == "error: \(message) (kernel-bench --help shows the options)\n")
    #expect(run.output.isEmpty)
  }

  @Test(
    "a precision that the instruction set lacks is refused, whether or not rounds come by stdin",
    arguments: [[], ["--rounds-on-stdin"]])
  func precision(_ flags: [String]) throws {
    let run = try bench(
      ["gemm", "--shapes", "64,64,64", "--precision", "highest,high"] + flags, environment: ["KOBAI_ISA": "portable"])
    #expect(run.code == 64 && run.output.isEmpty)
    #expect(
      run.errors
        == "error: --precision high: unavailable with the portable kernels of this machine "
        + "(kernel-bench --help shows the options)\n")
  }

  @Test("a file that cannot be written is found before anything is measured", arguments: ["--json", "--svg"])
  func unwritable(_ option: String) throws {
    let folder = try TemporaryFolder()
    let run = try bench(["peak", option, folder / "no/file"])
    #expect(run.code == 1 && run.output.isEmpty)
    #expect(run.errors == "error: \(folder / "no/file"): cannot be written: No such file or directory\n")
  }

  @Test(
    "a full disk under one file does not cost the other",
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullDisk() throws {
    let folder = try TemporaryFolder()
    let run = try bench([
      "optimizer", "--shapes", "1000", "--rounds", "1", "--json", "/dev/full", "--svg", folder / "steps.svg",
    ])
    #expect(run.code == 1)
    #expect(run.errors == "error: /dev/full: cannot be written: No space left on device\n")
    #expect(try folder.contents() == ["steps.svg"])
  }

  @Test("activations are compared with a fused ReLU, a reader's own among them")
  func activations() throws {
    let run = try bench(
      ["activations", "--batch", "2", "--rounds", "1", "--threads", "1"], environment: ["COLUMNS": "200"])
    #expect(run.code == 0 && run.errors.isEmpty, "\(run.errors)")
    #expect(run.lines.count == 9 && run.lines[0].contains("of fused ReLU") && run.lines[8] == "images/s")
    #expect(run.lines[1].hasPrefix("ReLU ") && run.lines[1].hasSuffix("1.000"))
    #expect(run.lines[2].hasPrefix("own LeakyReLU ") && run.lines[6].contains(" apart "))
    #expect(try bench(["activations", "--batch", "0"]).code == 64)
  }

  @Test("infer writes its percentiles and worst call, and draws images/s")
  func infer() throws {
    let folder = try TemporaryFolder()
    let (json, svg) = (folder / "infer.json", folder / "infer.svg")
    let run = try bench([
      "infer", "--model", "mlp", "--batch", "1,100", "--threads", "1", "--rounds", "1", "--json", json, "--svg", svg,
    ])
    #expect(run.code == 0 && run.errors.isEmpty, "\(run.errors)")
    let records = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: json))) as? [[String: Any]])
    #expect(records.map { $0["batch"] as? Int } == [1, 100])
    for record in records {
      let times = try ["best", "median", "p99", "worst"].map { try #require(record[$0] as? Double) }
      #expect(times == times.sorted() && times[0] > 0)
    }
    #expect(try String(contentsOfFile: svg, encoding: .utf8).contains("mlp, 100"))
  }
}
