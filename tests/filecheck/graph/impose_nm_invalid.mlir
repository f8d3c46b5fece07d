// RUN: nmc-opt %s -p 'impose-nm{n=4 m=4}' --verify-diagnostics | filecheck %s
// RUN: nmc-opt %s -p 'impose-nm{n=1 m=4 layers=3}' --verify-diagnostics | filecheck %s --check-prefix=OPTION
// RUN: nmc-opt %s -p 'impose-nm{n=1 m=4 products=ffm}' --verify-diagnostics | filecheck %s --check-prefix=PRODUCTS

// CHECK: impose-nm: the pattern 4:4 needs 1 <= n < m, for example n=1 m=8
// OPTION: options of pass 'impose-nm': 'layers' is unknown
// PRODUCTS: impose-nm: products = 'ffm' is not one of none, ffn, linear, all
builtin.module {
}
