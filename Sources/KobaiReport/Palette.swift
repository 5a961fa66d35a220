/// Colours that stay apart for colour-blind readers and in print (Paul Tol's "bright" scheme), and scales of one hue.
public enum Palette {
  /// The seven colours of the scheme, as in CSS.
  public static let bright = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#888888"]

  /// The colour of series number i.
  public static func series(_ index: Int) -> String { bright[index % bright.count] }

  /// A colour from white (0) to a light gray-blue (1), on which lines and points of every colour of the palette stand out.
  public static func pale(_ share: Double) -> String {
    mix([(0xff, 0xff, 0xff), (0xdd, 0xe5, 0xec), (0xa9, 0xb8, 0xc6)], min(max(share, 0), 1))
  }

  /// A colour from nearly white (0) to dark blue (1).
  public static func blue(_ share: Double) -> String {
    let s = min(max(share, 0), 1)
    return mix([(0xf7, 0xfb, 0xff), (0x9e, 0xca, 0xe1), (0x42, 0x92, 0xc6), (0x08, 0x45, 0x94)], s)
  }

  /// A gray from black (0) to white (1).
  public static func gray(_ share: Double) -> String { mix([(0, 0, 0), (255, 255, 255)], min(max(share, 0), 1)) }

  private static func mix(_ stops: [(Double, Double, Double)], _ share: Double) -> String {
    let position = share * Double(stops.count - 1)
    let i = min(Int(position), stops.count - 2)
    let t = position - Double(i)
    let (a, b) = (stops[i], stops[i + 1])
    func byte(_ x: Double, _ y: Double) -> String {
      let value = String(Int((x + (y - x) * t).rounded()), radix: 16)
      return value.count == 1 ? "0" + value : value
    }
    return "#" + byte(a.0, b.0) + byte(a.1, b.1) + byte(a.2, b.2)
  }
}
