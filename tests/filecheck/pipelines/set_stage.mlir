// RUN: nmc-opt %s -p 'set-stage{stage=tiled}' | filecheck %s
// RUN: nmc-opt %s --pass-pipeline='builtin.module( set-stage{ stage=imported } , builtin.module(set-stage{stage="tiled"}))' | filecheck %s

// CHECK: builtin.module attributes {nmc.stage = "tiled"}
builtin.module {
}
