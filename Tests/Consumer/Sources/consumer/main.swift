import Kobai
import KobaiFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

if CommandLine.arguments.count > 1 {
  try misuse(CommandLine.arguments[1])
  exit(0)
}
var checks = Checks()
for set in InstructionSet.allCases where set.isSupported {
  print("kernels on \(set.rawValue)")
  try checkKernels(Kernels(instructionSet: set, threads: 2), &checks)
}
try checkGradients(.default, &checks)

var trouble: FileError?
do {
  try Network(input: [4], batch: 1, SoftmaxRegression()).save(to: "/no/such/folder/weights")
} catch { trouble = error as? FileError }
checks.check(trouble?.path == "/no/such/folder/weights", "a file that cannot be: \(trouble?.description ?? "no error")")

print("training 20 epochs of 4,000 digits with PReLU, smoothed cross-entropy and Lion")
let outcome = try train(Kernels(threads: 2), epochs: 20)
checks.check(outcome.accuracy >= 0.975, "test accuracy \(outcome.accuracy), at least 0.975")
checks.check(outcome.slopes.contains { $0 != 0.25 }, "the slopes have moved: \(outcome.slopes.prefix(4)) …")
let (first, second) = try (train(Kernels(threads: 1), epochs: 1), train(Kernels(threads: 2), epochs: 1))
checks.check(first == second, "one thread and two make the same bits: \(first.digest.prefix(16))…")

if checks.failures > 0 {
  print("\(checks.failures) checks failed")
  exit(1)
}
