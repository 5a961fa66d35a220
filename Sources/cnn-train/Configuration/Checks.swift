// What the values of options are checked for, in the words of the error.

/// "at least one epoch is needed" where a number is smaller than 1.
func atLeastOne(_ thing: String) -> @Sendable (Int) -> String? {
  { $0 < 1 ? "at least one \(thing) is needed" : nil }
}

func positive(_ value: Float) -> String? { value > 0 && value.isFinite ? nil : "it must be positive" }

func notNegative(_ value: Int) -> String? { value >= 0 ? nil : "it must not be negative" }

func notNegative(_ value: Float) -> String? { value >= 0 && value.isFinite ? nil : "it must not be negative" }

func lessThanOne<Value: BinaryFloatingPoint>(_ value: Value) -> String? {
  (0..<1).contains(value) ? nil : "it must be at least 0 and less than 1"
}
