import ArgumentParser
import Foundation
import Kobai
import KobaiReport

struct GemmCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gemm", abstract: "Matrix products: GFLOP/s, share of the peak, error, and another BLAS beside it.")

  @Option(
    parsing: .unconditional,
    help: "Shapes M,N,K[,ta,tb]: op(A) is M × K, op(B) K × N; t means stored transposed, n as it is.")
  var shapes = ShapeList(
    "128,128,128;512,512,512;1024,1024,1024;57600,30,25,n,t;30,25,57600,t,n;78400,16,144,n,t;78400,144,16;"
      + "100,100,4320,n,t;100,4320,100,t,n;100,100,784,n,t")
  @Option(
    name: .customLong("vs"),
    help: ArgumentHelp(
      """
      A shared library with cblas_sgemm to race. On several threads those of the one may wait busily while the other \
      works; Benchmarks/peers/compare keeps them apart.
      """, valueName: "library"))
  var peerPath: String?
  @OptionGroup var options: TurnOptions

  func run() throws {
    let peer = try peerPath.map(PeerBLAS.init)
    let all = try options.bench.prepare()
    let shapes = try parsed(for: all)
    if options.roundsOnStdin { return try serve(shapes[0], all[0], peer) }
    var table = Table(
      ["M×N×K", "threads", "best", "median", "worst", "of peak", "error"] + (peer.map { [$0.name, "ratio"] } ?? []))
    var records: [Record] = []
    for kernels in all {
      let peak = MachinePeak.gflops(kernels)
      for shape in shapes {
        let record = try measure(shape, kernels, peak: peak, peer)
        records.append(record)
        table.append(
          [
            record.shape ?? "", record.setting, record.best.short, record.median.short, record.worst.short,
            (record.shareOfPeak ?? .nan).share, String(format: "%.1e", record.error ?? .nan),
          ] + (peer == nil ? [] : [(record.peerMedian ?? .nan).short, String(format: "%.2f", record.ratio ?? .nan)]))
      }
    }
    table.print()
    print(
      "GFLOP/s; the error is relative to |A|·|B|"
        + (peer == nil ? "" : "; the peer's median, and the median of the ratios")
        + (peer?.core.map { "; the peer has chosen its code for \($0)" } ?? ""))
    try options.bench.finish(records, plot: plot(records))
  }

  private func parsed(for all: [Kernels]) throws -> [GemmShape] {
    try shapes.sizes("M,N,K", flags: "ta,tb").map { sizes, flags in
      let (m, n, k) = (sizes[0], sizes[1], sizes[2])
      guard flags.isEmpty || flags.count == 2, flags.allSatisfy({ $0 == "t" || $0 == "n" }) else {
        throw ValidationError(
          "--shapes \(m),\(n),\(k): after M,N,K come two of n and t, not \"\(flags.joined(separator: ","))\"")
      }
      let d = sizes.map(Double.init)
      try requireMemory(
        "--shapes \(m),\(n),\(k)", floats: d[0] * d[2] + d[2] * d[1] + 2 * d[0] * d[1],
        scratch: { all.map { $0.gemmWorkspaceBytes(m: m, n: n, k: k) }.max() ?? 0 })
      return GemmShape(m: m, n: n, k: k, transposeA: flags.first == "t", transposeB: flags.last == "t")
    }
  }

  /// Rounds of Kobai, or of the peer alone: side by side, the threads of one would wait busily while the other works.
  private func serve(_ shape: GemmShape, _ kernels: Kernels, _ peer: PeerBLAS?) throws {
    let (a, b) = (randomFloats(shape.m * shape.k, 1), randomFloats(shape.k * shape.n, 2))
    let (c, workspace) = (Tensor([shape.m * shape.n]), Workspace())
    guard let peer else {
      return try serveRounds(kernels.instructionSet.rawValue) {
        try kernels.gemm(shape, a.span, b.span, into: c.mutableSpan, workspace: workspace)
      }
    }
    peer.setThreads(kernels.threads)
    try serveRounds(peer.core ?? peer.name) { peer.multiply(shape, a.span, b.span, into: c.mutableSpan) }
  }

  private func measure(_ shape: GemmShape, _ kernels: Kernels, peak: Double, _ peer: PeerBLAS?) throws -> Record {
    let (a, b) = (randomFloats(shape.m * shape.k, 1), randomFloats(shape.k * shape.n, 2))
    let (c, theirs) = (Tensor([shape.m * shape.n]), Tensor([shape.m * shape.n]))
    let workspace = Workspace()
    var contenders = [
      try Contender { try kernels.gemm(shape, a.span, b.span, into: c.mutableSpan, workspace: workspace) }
    ]
    if let peer {
      peer.setThreads(kernels.threads)
      contenders.append(
        try Contender { peer.multiply(shape, a.span, b.span, into: theirs.mutableSpan) })
    }
    let settling = peer != nil && kernels.threads > 1 ? 0.25 : 0
    let times = try Contender.race(contenders, rounds: options.bench.rounds, settling: settling)
    let gflop = 2 * Double(shape.m) * Double(shape.n) * Double(shape.k) / 1e9
    var record = Record.rate(
      "gemm", work: gflop, unit: "GFLOP/s", times[0], on: kernels)
    let letters = shape.transposeA || shape.transposeB
    record.shape =
      "\(shape.m),\(shape.n),\(shape.k)"
      + (letters ? ",\(shape.transposeA ? "t" : "n"),\(shape.transposeB ? "t" : "n")" : "")
    record.shareOfPeak = record.best / peak
    record.error = Self.error(shape, a, b, c)
    if let peer {
      (record.peer, record.peerBest, record.peerMedian) = (peer.name, gflop / times[1].best, gflop / times[1].median)
      record.ratio = times[0].ratio(to: times[1])
    }
    return record
  }

  /// The largest error of 500 elements, relative to the sum of the products' magnitudes.
  private static func error(_ shape: GemmShape, _ a: Tensor, _ b: Tensor, _ c: Tensor) -> Double {
    let (a, b, c) = (a.span, b.span, c.span)
    var worst = 0.0
    for i in 0..<min(500, c.count) {
      let index = i * max(1, c.count / 500) % c.count
      let (row, column) = (index / shape.n, index % shape.n)
      var (sum, magnitude) = (0.0, 0.0)
      for p in 0..<shape.k {
        let product =
          Double(a[shape.transposeA ? p * shape.m + row : row * shape.k + p])
          * Double(b[shape.transposeB ? column * shape.k + p : p * shape.n + column])
        sum += product
        magnitude += abs(product)
      }
      worst = max(worst, abs(Double(c[index]) - sum) / max(magnitude, .leastNormalMagnitude))
    }
    return worst
  }

  private func plot(_ records: [Record]) -> Figure {
    let settings = records.uniqueSeries
    let peer = records.first?.peer
    let shapes = records.filter { $0.series == settings.first }.compactMap(\.shape)
    return barFigure(
      title: "Matrix products", axis: "GFLOP/s",
      series: settings.flatMap { s in ["Kobai, \(s)"] + (peer.map { ["\($0), \(s)"] } ?? []) },
      groups: shapes.map { shape in
        let values = settings.flatMap { s -> [Double?] in
          let record = records.first { $0.series == s && $0.shape == shape }
          return [record?.median] + (peer == nil ? [] : [record?.peerMedian])
        }
        return (shape, values)
      })
  }
}
