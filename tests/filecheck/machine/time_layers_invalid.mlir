// RUN: nmc-opt %s -p time-layers --split-input-file --verify-diagnostics | filecheck %s

// CHECK: nmc.layers: the code of layer 'gone' is no function of the module
builtin.module attributes {nmc.target = "vega", nmc.layers = [{symbol = "gone", cycles = 100 : i64}]} {
  riscv_func.func @main() {
    riscv_func.return
  }
}

// -----

// CHECK: riscv.beq: there is no label .Lgone
builtin.module attributes {nmc.target = "vega", nmc.layers = []} {
  riscv_func.func @main() {
    %zero = rv32.get_register : !riscv.reg<zero>
    riscv.beq %zero, %zero, ".Lgone" : (!riscv.reg<zero>, !riscv.reg<zero>) -> ()
    riscv_func.return
  }
}
