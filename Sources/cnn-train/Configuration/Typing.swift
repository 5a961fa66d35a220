import ArgumentParser

/// How the value of an option is typed and printed.
struct Typing<Value>: Sendable {
  /// The `Option` or `Flag` of that name that the argument parser is to find.
  let argument: @Sendable (_ name: String, _ help: ArgumentHelp) -> Any
  /// The typed value as the argument parser has found it; nil where the option was not typed. It is made later, since that
  /// may read files.
  let read: @Sendable (KeyedDecodingContainer<FieldKey>, FieldKey) throws -> (() throws -> Value)?
  /// The value that is typed like that; nil where there is none.
  let parse: @Sendable (String) throws -> Value?
  /// The value as it would be typed.
  let print: @Sendable (Value) -> String
}

extension Typing where Value: ExpressibleByArgument {
  /// A value that the argument parser makes of one word. A number may be negative, which is not taken for an option.
  static var value: Typing {
    Typing(
      argument: { name, help in
        Option<Value?>(
          name: .customLong(name), parsing: Value.self is any Numeric.Type ? .unconditional : .next, help: help)
      },
      read: { parsed, key in
        guard let value = try parsed.decode(Option<Value?>.self, forKey: key).wrappedValue else { return nil }
        return { value }
      },
      parse: { Value(argument: $0) }, print: { $0.defaultValueDescription })
  }
}

extension Typing where Value == Bool {
  /// A flag and its opposite: --augment and --no-augment.
  static var flag: Typing {
    Typing(
      argument: { name, help in Flag<Bool?>(name: .customLong(name), inversion: .prefixedNo, help: help) },
      read: { parsed, key in
        guard let value = try parsed.decode(Flag<Bool?>.self, forKey: key).wrappedValue else { return nil }
        return { value }
      },
      parse: { Bool($0) }, print: { "\($0)" })
  }
}

extension Typing where Value == [String] {
  /// Words with commas between them.
  static var list: Typing {
    .text({ $0.split(separator: ",").map(String.init) }, print: { $0.joined(separator: ",") })
  }
}

extension Typing {
  /// A value that is made of the text that was typed.
  static func text(
    _ make: @escaping @Sendable (String) throws -> Value, print: @escaping @Sendable (Value) -> String
  ) -> Typing {
    Typing(
      argument: { name, help in Option<String?>(name: .customLong(name), help: help) },
      read: { parsed, key in
        guard let text = try parsed.decode(Option<String?>.self, forKey: key).wrappedValue else { return nil }
        return { try make(text) }
      },
      parse: make, print: print)
  }
}
