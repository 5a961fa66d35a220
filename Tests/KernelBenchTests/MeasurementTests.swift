import Foundation
import TestSupport
import Testing

/// What `kernel-bench` measures, at sizes that take moments.
@Suite("kernel-bench's measurements")
struct MeasurementTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private struct Measurement {
    let lines: [String]
    let records: [[String: Any]]
    let plot: String

    func values<T>(_ key: String, as type: T.Type = T.self) -> [T?] { records.map { $0[key] as? T } }
  }

  /// One round of a benchmark: what it prints, what it writes, and what it draws.
  private func measure(_ line: String) throws -> Measurement {
    let (json, svg) = (folder / "json", folder / "svg")
    let words = line.split(separator: " ").map(String.init)
    let run = try Command.run(
      "kernel-bench", words + ["--rounds", "1", "--json", json, "--svg", svg], environment: ["COLUMNS": "200"])
    #expect(run.code == 0 && run.errors.isEmpty, "\(line): \(run.errors)")
    let records = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: json)))
    return Measurement(
      lines: run.lines, records: try #require(records as? [[String: Any]]),
      plot: try String(contentsOfFile: svg, encoding: .utf8))
  }

  /// The answer to one round that another program asks for, and the mode that was announced.
  private func round(_ line: String) throws -> (mode: String, seconds: Double) {
    let words = line.split(separator: " ").map(String.init)
    let run = try Command.shell("echo go | \"$0\" \"$@\"", "kernel-bench", words + ["--rounds-on-stdin"])
    #expect(run.code == 0 && run.errors.isEmpty && run.lines.count == 2, "\(line): \(run.errors)")
    let answer = try #require(
      try JSONSerialization.jsonObject(with: Data((run.lines.last ?? "").utf8)) as? [String: Any])
    let mode = try #require(answer["mode"] as? String)
    #expect(run.lines.first == "ready \(mode)")
    return (mode, try #require(answer["seconds"] as? Double))
  }

  /// A library with these functions in C.
  private func library(_ name: String, _ source: String) throws -> String {
    let path = folder / name
    try source.write(toFile: path + ".c", atomically: true, encoding: .utf8)
    let built = try Command.run(
      URL(fileURLWithPath: "/usr/bin/env"), ["clang", "-shared", "-fPIC", "-o", path, path + ".c"])
    try #require(built.code == 0, "\(built.errors)")
    return path
  }

  private static let sgemm = """
    int threads = 0;
    void openblas_set_num_threads(int count) { threads = count; }
    void cblas_sgemm(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda,
                     const float *b, int ldb, float beta, float *c, int ldc) {
      for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
          float sum = 0;
          for (int p = 0; p < k; p++)
            sum += (ta == 112 ? a[p * lda + i] : a[i * lda + p]) * (tb == 112 ? b[j * ldb + p] : b[p * ldb + j]);
          c[i * ldc + j] = threads > 0 ? alpha * sum : 0;
        }
    }
    """

  @Test("peak: arithmetic and memory, on each number of threads") func peak() throws {
    let peak = try measure("peak --threads 1,2")
    #expect(peak.values("benchmark") == ["peak-fma", "peak-memory", "peak-fma", "peak-memory"])
    #expect(peak.values("unit") == ["GFLOP/s", "GB/s", "GFLOP/s", "GB/s"])
    #expect(peak.values("threads") == [1, 1, 2, 2])
    for rate in peak.values("best", as: Double.self) { #expect(try #require(rate) > 0.1) }
    #expect(peak.lines.count == 4 && peak.lines.last == "best of 5")
    #expect(peak.plot.contains("Limits of this machine") && peak.plot.contains("2 threads"))
  }

  @Test("gemm: rates and errors of products as they are and transposed") func gemm() throws {
    let gemm = try measure("gemm --shapes 64,48,80;64,48,80,t,n;64,48,80,n,t --threads 1")
    #expect(gemm.values("shape") == ["64,48,80", "64,48,80,t,n", "64,48,80,n,t"])
    for record in gemm.records {
      #expect(try #require(record["error"] as? Double) < 1e-6)
      #expect(try #require(record["share_of_peak"] as? Double) > 0.001)
      #expect(record["unit"] as? String == "GFLOP/s" && record["ratio"] == nil)
    }
    #expect(gemm.lines.last == "GFLOP/s; the error is relative to |A|·|B|")
    #expect(gemm.plot.contains("Matrix products") && gemm.plot.contains("64,48,80,n,t"))
  }

  @Test("gemm --vs races another BLAS, on as many threads, and says how many times faster the kernels are")
  func peer() throws {
    let path = try library("plain.so", Self.sgemm)
    for threads in [1, 2] {
      let gemm = try measure("gemm --shapes 96,96,96;96,90,99,t,t --threads \(threads) --vs \(path)")
      #expect(gemm.lines[0].contains(/plain\.so +ratio$/) && gemm.lines[3].hasSuffix("the median of the ratios"))
      for record in gemm.records {
        #expect(record["peer"] as? String == "plain.so")
        let (mine, theirs) = (record["median"] as? Double, record["peer_median"] as? Double)
        let ratio = try #require(record["ratio"] as? Double)
        // Three loops without optimisation are slower than the kernels on any machine.
        #expect(ratio > 1)
        #expect(abs(ratio - (try #require(mine) / #require(theirs))) < 1e-6 * ratio)
      }
      #expect(gemm.plot.contains("plain.so, "))
    }
    #expect(try round("gemm --shapes 96,96,96 --threads 1 --vs \(path)").mode == "plain.so")
    // Each library has its own way to say which processor it has chosen its code for.
    for (name, words) in [
      ("openblas", #"const char *openblas_get_corename(void) { return "Some core"; }"#),
      (
        "blis",
        #"""
        int bli_arch_query_id(void) { return 3; }
        const char *bli_arch_string(int number) { return number == 3 ? "Some core" : "another"; }
        """#
      ),
      (
        "mkl",
        #"""
        struct version { int numbers[3]; const char *texts[4]; };
        void MKL_Get_Version(struct version *version) { version->texts[2] = "Some core with more"; }
        """#
      ),
    ] {
      let path = try library("\(name).so", Self.sgemm + words)
      #expect(try round("gemm --shapes 96,96,96 --threads 1 --vs \(path)").mode == "Some-core", "\(name)")
      let raced = try measure("gemm --shapes 96,96,96 --threads 1 --vs \(path)")
      #expect(raced.lines.last?.hasSuffix("; the peer has chosen its code for Some-core") == true)
    }
    let empty = try library("empty.so", "int nothing;")
    let refused = try Command.run("kernel-bench", ["gemm", "--vs", empty])
    #expect(refused.code == 64 && refused.errors.hasPrefix("error: --vs \(empty): it has no cblas_sgemm"))
  }

  @Test("conv: three passes of a shape, or the one that is asked for") func convolutions() throws {
    let all = try measure("conv --shapes 2,3,9,9,4,3,1,1;1,4,8,8,4,3,2,1 --threads 1")
    #expect(
      all.values("benchmark") == ["conv-forward", "conv-weights", "conv-input"] + [
        "conv-forward", "conv-weights", "conv-input",
      ])
    #expect(all.lines.count == 8 && all.lines.last == "GFLOP/s, and the median time")
    #expect(all.plot.contains("weights, 1 thread") && all.plot.contains("1,4,8,8,4,3,2,1"))
    let one = try measure("conv --shapes 2,3,9,9,4,3,1,1 --threads 1 --pass weights")
    #expect(one.values("benchmark") == ["conv-weights"] && one.values("batch") == [2])
  }

  @Test("kernels that are bound by memory: times, and the bytes that they must move") func small() throws {
    for (line, title, shape) in [
      ("softmax --shapes 64,10", "softmax", "64,10"), ("pool --shapes 2,3,8,8", "pool", "2,3,8,8"),
      ("optimizer --shapes 1000", "optimizer", "1000"),
    ] {
      let small = try measure(line + " --threads 1,2")
      #expect(small.values("benchmark") == [title, title] && small.values("shape") == [shape, shape])
      #expect(small.values("unit") == ["us", "us"] && small.lines.count == 3 && small.lines[0].hasSuffix("GB/s"))
      #expect(small.plot.contains(title) && small.plot.contains("2 threads"))
      #expect(try round(line + " --threads 1").seconds > 0)
    }
  }

  @Test("train: whole steps of every network, their memory, and nothing allocated on the way") func training() throws {
    let train = try measure("train --model mlp,resnet9,vgg11,mobile --batch 2 --steps 1 --threads 1")
    #expect(train.values("model") == ["mlp", "resnet9", "vgg11", "mobile"])
    #expect(train.values("allocations_per_step") == [0.0, 0, 0, 0])
    for megabytes in train.values("resident_mb", as: Double.self) { #expect(try #require(megabytes) > 1) }
    #expect(train.lines.last == "images/s; rounds of 1 steps" && train.plot.contains("Training steps, batch 2"))
    #expect(try round("train --model mlp --batch 2 --threads 1").seconds > 0)
    #expect(try round("infer --model mlp --batch 1 --threads 1").seconds > 0)
  }

  @Test("scaling: kernels and training steps on more threads beside one") func scaling() throws {
    let scaling = try measure("scaling --batch 2 --threads 2")
    let (threads, ratios) = (scaling.values("threads", as: Int.self), scaling.values("ratio", as: Double.self))
    #expect(threads.count == 26 && threads == (0..<26).map { $0 % 2 + 1 })
    for (count, ratio) in zip(threads, ratios) where count == 1 { #expect(ratio == 1) }
    let shapes = scaling.values("shape", as: String.self).compactMap(\.self)
    #expect(shapes.contains("gemm 512³") && shapes.contains("softmax 8192×1000") && shapes.last == "train mlp")
    #expect(scaling.plot.contains("Thread scaling") && scaling.lines.count == 28)
  }
}
