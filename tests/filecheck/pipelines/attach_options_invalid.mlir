// RUN: nmc-opt %s -p 'attach-options{features=xmn}' --verify-diagnostics | filecheck %s --check-prefix=FEATURE
// RUN: nmc-opt %s -p 'attach-options{cores=17}' --verify-diagnostics | filecheck %s --check-prefix=CORES
// RUN: nmc-opt %s -p 'attach-options{sparsity=1:5}' --verify-diagnostics | filecheck %s --check-prefix=SPARSITY
// RUN: nmc-opt %s -p 'attach-options{cors=1}' --verify-diagnostics | filecheck %s --check-prefix=OPTION

// FEATURE: feature 'xmn' is unknown; did you mean 'xnm'?
// CORES: cores = 17 is out of range; choose 1 to 16
// SPARSITY: sparsity '1:5' is not one of keep, dense, 1:4, 1:8, 1:16
// OPTION: options of pass 'attach-options': 'cors' is unknown; did you mean 'cores'?
builtin.module {
}
