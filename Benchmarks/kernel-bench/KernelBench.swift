import ArgumentParser
import Foundation
import KobaiCommand

@main
struct KernelBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel-bench",
    abstract: "Measures Kobai's kernels and networks on this machine.",
    discussion: """
      Times are of rounds on warmed buffers with random contents; contenders take turns within each round, and ratios \
      are medians of the round-by-round ratios. Run nothing else meanwhile.
      """,
    subcommands: [
      PeakCommand.self, GemmCommand.self, ConvCommand.self, SoftmaxCommand.self, PoolCommand.self,
      OptimizerCommand.self,
      TrainCommand.self, ActivationsCommand.self, InferCommand.self, ServeCommand.self, ScalingCommand.self,
      ScaleOutCommand.self,
      ReproduceCommand.self,
    ])

  static func main() { runWithOneLineErrors() }
}
