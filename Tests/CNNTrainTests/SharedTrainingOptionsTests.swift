import ArgumentParser
import Kobai
import Testing

@testable import cnn_train

/// Options of large batches and of trainings that several processes share out.
@Suite("Options of a training that is shared out") struct SharedTrainingOptionsTests {
  @Test("with --base-batch-size the rate grows with the batch, and rises for five epochs") func largeBatches() throws {
    let large = try configuration("--optimizer sgd --learning-rate 0.1 --batch-size 800 --base-batch-size 100")
    #expect(large.makeOptimizer().learningRate == 0.8)
    #expect(large.warmup == 5 * 75)  // 60,000 images are 75 batches of 800
    #expect(
      large.summary
        == "20 epochs in batches of 800, sgd 0.1 constant, for batches of 100, warm-up 375 steps, seed 0")
    let accumulated = try configuration(
      "--optimizer sgd --learning-rate 0.1 --batch-size 400 --accumulate 2 --base-batch-size 100")
    #expect(accumulated.makeOptimizer().learningRate == 0.8 && accumulated.warmup == 375)
    let small = try configuration(
      "--optimizer sgd --learning-rate 0.1 --images 1000 --batch-size 50 --base-batch-size 100")
    #expect(small.makeOptimizer().learningRate == 0.05 && small.warmup == 100)
    // No step has more samples than an epoch.
    let whole = try configuration(
      "--optimizer sgd --learning-rate 0.1 --images 500 --base-batch-size 100 --accumulate 9223372036854775807")
    #expect(whole.makeOptimizer(trainingOn: 500).learningRate == 0.5)
    for rising in ["--schedule one-cycle", "--schedule triangular", "--warmup 0"] {
      #expect(try configuration("--base-batch-size 50 \(rising)").warmup == 0)
    }
    #expect(try configuration("--base-batch-size 50 --warmup 7").warmup == 7)
    #expect(try configuration("--learning-rate 0.1").makeOptimizer().learningRate == 0.1)
  }

  @Test("the processes of a training share its shards out, 8 unless there are more of them") func shards() throws {
    #expect(try configuration("--shards 4").summary.contains("batches of 100, adam 0.001 constant, in 4 parts, "))
    for (processes, shards) in [(1, 8), (8, 8), (9, 16), (100, 128)] {
      #expect(try ConfigurationOptions.parse([]).typed().sharded(among: processes).shards == shards)
      #expect(try ConfigurationOptions.parse(["--shards", "5"]).typed().sharded(among: processes).shards == 5)
    }
    for (arguments, problem) in [
      ("--shards 0", "--shards 0: at least one part is needed"), ("--shards 65537", "--shards 65537: at most 65,536"),
      ("--shards 4 --accumulate 2", "--shards 4: --accumulate adds batches up; leave one of them out"),
      ("--base-batch-size 0", "--base-batch-size 0: at least one image is needed"),
    ] {
      let error = #expect(throws: ValidationError.self) { try configuration(arguments) }
      #expect(error?.message == problem)
    }
  }

  @Test("a training without shards, or with fewer than processes, is not shared out") func unshared() throws {
    final class Many: Communicator {
      let (rank, size) = (1, 3)
      func send(_ elements: Tensor, to rank: Int, tag: Int) throws(CommunicationError) -> any Transfer {
        throw CommunicationError(rank: rank, reason: "nobody")
      }
      func receive(into elements: Tensor, from rank: Int, tag: Int) throws(CommunicationError) -> any Transfer {
        throw CommunicationError(rank: rank, reason: "nobody")
      }
      func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
    }
    let plain = #expect(throws: Failure.self) { try configuration("").largestBatch(on: Many()) }
    #expect(
      plain?.description
        == "--distributed: the checkpoint was made without --shards, and 3 processes cannot share that training out; "
        + "resume it without --distributed")
    let few = #expect(throws: ValidationError.self) { try configuration("--shards 2").largestBatch(on: Many()) }
    #expect(
      few?.message
        == "--shards 2: 3 processes cannot share them out; let there be as many shards at least")
    #expect(try configuration("--shards 8").largestBatch(on: Many()) == 38)  // 3 of 8 shards of 100
    #expect(try configuration("").largestBatch(on: SingleProcess()) == 100)
  }

  #if !MPI
    @Test("without MPI, --distributed says how to get it") func withoutMPI() throws {
      let ranks = try RankOptions.parse(["--distributed"])
      let error = #expect(throws: Failure.self) { try Ranks(ranks) }
      #expect(
        error?.description
          == "--distributed: this cnn-train was built without MPI; install it (Debian: libopenmpi-dev and openmpi-bin, or "
          + "libmpich-dev and mpich), and build with swift build -c release --traits MPI")
    }
  #endif
}
