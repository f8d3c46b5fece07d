// RUN: nmc-opt %s -p 'impose-nm{n=4 m=4}' --verify-diagnostics | filecheck %s
// RUN: nmc-opt %s -p 'impose-nm{n=1 m=4 layers=3}' --verify-diagnostics | filecheck %s --check-prefix=OPTION

// CHECK: impose-nm: the pattern 4:4 needs 1 <= n < m, for example n=1 m=8
// OPTION: options of pass 'impose-nm': 'layers' is unknown
builtin.module {
}
