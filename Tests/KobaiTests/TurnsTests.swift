import Foundation
import Synchronization
import Testing

@testable import Kobai

@Suite struct TurnsTests {
  @Test("no more at a time than there are turns, and none is left waiting")
  func count() async {
    let turns = Turns(2)
    let counts = Mutex((now: 0, most: 0, all: 0))
    await withCheckedContinuation { continuation in
      let left = Mutex(7)
      for _ in 0..<7 {
        Thread.detachNewThread {
          for _ in 0..<50 {
            let turn = turns.take()
            counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.all + 1) }
            Thread.sleep(forTimeInterval: 1e-5)
            counts.withLock { $0.now -= 1 }
            turns.pass(turn)
          }
          let isLast = left.withLock { left in
            left -= 1
            return left == 0
          }
          if isLast { continuation.resume() }
        }
      }
    }
    let (now, most, all) = counts.withLock { $0 }
    #expect(now == 0 && most == 2 && all == 350)
  }

  @Test("who came first goes first")
  func order() async {
    let turns = Turns(1)
    let first = turns.take()
    let served = Mutex<[Int]>([])
    await withCheckedContinuation { continuation in
      for i in 0..<4 {
        Thread.detachNewThread {
          let turn = turns.take()
          let count = served.withLock { served in
            served.append(i)
            return served.count
          }
          turns.pass(turn)
          if count == 4 { continuation.resume() }
        }
        while turns.waiting <= i { Thread.sleep(forTimeInterval: 1e-4) }  // until it waits
      }
      turns.pass(first)
    }
    #expect(served.withLock { $0 } == [0, 1, 2, 3])
  }
}
