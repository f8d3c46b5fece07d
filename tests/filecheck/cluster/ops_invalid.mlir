// RUN: nmc-opt %s --split-input-file --verify-diagnostics | filecheck %s

// CHECK: data cannot lie in l1: l1 is empty when the program starts
cluster.data @w <l1> = dense<[1, 2]> : tensor<2xi8>

// -----

// CHECK: data must be a one-dimensional tensor of i8
cluster.data @w <l2> = dense<[1, 2]> : tensor<2xi32>

// -----

// CHECK: an allocation must be memref<Nxi8, #cluster.space<l1 or l2>>
%a = cluster.alloc "a" : memref<8xi8, #cluster.space<l3>>

// -----

// CHECK: a view cannot be larger than its source
%a, %o = "test.op"() : () -> (memref<8xi8, #cluster.space<l1>>, index)
%v = cluster.view %a[%o] : memref<8xi8, #cluster.space<l1>> to memref<9xi8, #cluster.space<l1>>

// -----

// CHECK: a view stays in the space of its source
%a, %o = "test.op"() : () -> (memref<8xi8, #cluster.space<l1>>, index)
%v = cluster.view %a[%o] : memref<8xi8, #cluster.space<l1>> to memref<8xi8, #cluster.space<l2>>

// -----

// CHECK: exactly one side of a transfer must be in l1
%a, %b, %o = "test.op"() : () -> (memref<8xi8, #cluster.space<l2>>, memref<8xi8, #cluster.space<l2>>, index)
cluster.copy %a[%o] to %b[%o] length %o : memref<8xi8, #cluster.space<l2>> to memref<8xi8, #cluster.space<l2>>

// -----

// CHECK: l3 holds constants: it cannot be written
%a, %b, %o = "test.op"() : () -> (memref<8xi8, #cluster.space<l1>>, memref<8xi8, #cluster.space<l3>>, index)
cluster.copy %a[%o] to %b[%o] length %o : memref<8xi8, #cluster.space<l1>> to memref<8xi8, #cluster.space<l3>>

// -----

// CHECK: a stride or pitch needs a number of lines
%a, %b, %o = "test.op"() : () -> (memref<8xi8, #cluster.space<l1>>, memref<8xi8, #cluster.space<l2>>, index)
cluster.copy %a[%o] to %b[%o] length %o stride 4 : memref<8xi8, #cluster.space<l1>> to memref<8xi8, #cluster.space<l2>>

// -----

// CHECK: the cycles of the stream must not be negative
cluster.layer @l plan {} info {} cores 2 stream -1 {
  cluster.barrier
}

// -----

// CHECK: a layer needs at least one core
cluster.layer @l plan {} info {} cores 0 {
  cluster.barrier
}

// -----

// CHECK: a barrier inside cluster.master would wait for ever
cluster.master {
  cluster.barrier
}

// -----

// CHECK: cluster.yield must yield the result types of cluster.master
%t = cluster.master -> (!cluster.token) {
  cluster.yield
}

// -----

// CHECK: parts and step must be at least 1
%n = "test.op"() : () -> index
%lo, %hi = cluster.share %n part %n of 0 step 1

// -----

// CHECK: a group holds at least one position
%n = "test.op"() : () -> index
cluster.groups %n by 0 {
^bb0(%first: index, %count: index):
}

// -----

// CHECK: the first group holds at least one position, at most the size
%n = "test.op"() : () -> index
cluster.groups %n by 4 from 5 growth 0 {
^bb0(%first: index, %count: index):
}

// -----

// CHECK: groups do not shrink: 'growth' is 0 or more
%n = "test.op"() : () -> index
cluster.groups %n by 4 from 1 growth -1 {
^bb0(%first: index, %count: index):
}

// -----

// CHECK: groups that grow have both 'lead' and 'growth'
%n = "test.op"() : () -> index
"cluster.groups"(%n) <{size = 4 : i64, growth = 1 : i64}> ({
^bb0(%first: index, %count: index):
}) : (index) -> ()

// -----

// CHECK: the block takes the first position and the count, both index
%n = "test.op"() : () -> index
cluster.groups %n by 1 {
^bb0(%first: index):
}

// -----

// CHECK: transfer 0 leaves the ring
cluster.stream @s ring [0, 16] state 0 table 0 transfers [0, 8, 16, 0] chunks [8, 0]

// -----

// CHECK: a chunk names a transfer that does not exist
cluster.stream @s ring [0, 16] state 0 table 0 transfers [0, 0, 16, 0] chunks [8, 1]
