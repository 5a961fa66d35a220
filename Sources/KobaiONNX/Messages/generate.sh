#!/usr/bin/env bash
# Makes onnx.pb.swift from onnx.proto. It needs protoc (Debian: protobuf-compiler) and protoc-gen-swift, which
# `swift build -c release --product protoc-gen-swift` builds in a clone of swift-protobuf 1.39.0, in the PATH.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
protoc --swift_out=. onnx.proto
