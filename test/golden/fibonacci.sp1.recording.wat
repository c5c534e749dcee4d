(func $fibonacci_78001800 ;; locals: 4 i32, 1 i64, 2 i32, 1 i64, 2 i32, 7 i64, 6 i32, 5 i64, 1 i32, 2 i64
  i32.const 0
  i32.load offset=264
  local.tee 1
  i32.const 7
  i32.sub
  i32.const 300
  local.get 0
  i32.sub
  i32.or
  i32.const 0
  i32.lt_s
  if
    local.get 0
    i32.const 300
    i32.gt_s
    if
      i32.const 0
      i32.const 2013272064
      i32.store offset=272
      i32.const 1
      return
    end
    local.get 1
    i32.const 0
    call $refuelAged
    local.tee 1
    i32.const 7
    i32.lt_s
    if
      i32.const 0
      i32.const 2013272064
      i32.store offset=272
      i32.const 1
      return
    end
  end
  block
    i32.const 0
    i32.load offset=544
    local.set 4
    i32.const 0
    i64.load offset=528
    local.set 5
    i32.const 0
    i32.load offset=572
    local.set 6
    i32.const 0
    i32.load offset=584
    local.set 7
    i32.const 0
    i32.load offset=300
    local.get 1
    i32.const 3
    i32.shl
    i32.sub
    i64.extend_i32_u
    i32.const 0
    i64.load32_u offset=304
    i64.const 32
    i64.shl
    i64.or
    local.set 8
    local.get 8
    i32.wrap_i64
    i32.const 16777215
    i32.and
    local.set 9
    local.get 6
    local.get 8
    local.get 5
    i64.sub
    i32.wrap_i64
    i32.const 1
    i32.shr_u
    i32.add
    local.set 10
    i32.const 0
    i64.load offset=8
    local.set 11
    i32.const 0
    i64.load offset=80
    local.set 12
    i32.const 0
    i64.load offset=88
    local.set 13
    i32.const 0
    i64.load offset=96
    local.set 14
    i32.const 0
    i64.load offset=104
    local.set 15
    i32.const 0
    i64.load offset=112
    local.set 16
    i32.const 0
    i64.load offset=120
    local.set 17
    block
      local.get 1
      i32.const -1
      i32.add
      local.set 1
      global.get $counters
      global.get $counters
      i32.load
      i32.const 1
      i32.add
      i32.store
      local.get 7
      i32.const 1025
      i32.and
      if
        i32.const 2013272064
        i32.const 1
        local.get 9
        call $bump
        i32.const 0
        i32.load offset=584
        local.set 7
      end
      i32.const 0
      i32.load offset=4296
      local.set 18
      local.get 18
      local.get 8
      i64.const 0
      i64.add
      i64.store
      local.get 18
      local.get 12
      i64.store offset=16
      local.get 18
      i64.const 2013272112
      i64.const 2013272068
      local.get 12
      i64.eqz
      select
      i64.store offset=40
      local.get 18
      i32.const 0
      i32.load offset=424
      i32.store offset=48
      local.get 18
      i32.const 0
      i32.load offset=384
      i32.store offset=52
      local.get 18
      i64.const 2013272064
      i64.store offset=8
      local.get 18
      i64.const 0
      i64.store offset=24
      local.get 18
      i64.const 48
      i64.store offset=32
      local.get 18
      i32.const 10250
      i32.store offset=56
      i32.const 0
      local.get 18
      i32.const 60
      i32.add
      i32.store offset=4296
      i32.const 0
      local.get 9
      i32.const 3
      i32.add
      i32.store offset=384
      i32.const 0
      local.get 9
      i32.const 4
      i32.add
      i32.store offset=424
      local.get 8
      i64.const 8
      i64.add
      local.set 8
      local.get 9
      i32.const 8
      i32.add
      local.set 9
      local.get 10
      i32.const 4
      i32.add
      local.set 10
      local.get 12
      i64.eqz
      if
        local.get 1
        i32.const -3
        i32.add
        local.set 1
        global.get $counters
        global.get $counters
        i32.load offset=4
        i32.const 1
        i32.add
        i32.store offset=4
        local.get 7
        i32.const 40961
        i32.and
        if
          i32.const 2013272112
          i32.const 3
          local.get 9
          call $bump
          i32.const 0
          i32.load offset=584
          local.set 7
        end
        i32.const 0
        i32.load offset=4216
        local.set 19
        i32.const 0
        i32.load offset=4300
        local.set 20
        local.get 19
        local.get 8
        i64.const 0
        i64.add
        i64.store
        local.get 19
        local.get 15
        i64.store offset=16
        local.get 19
        i32.const 0
        i32.load offset=436
        i32.store offset=40
        local.get 19
        i32.const 0
        i32.load offset=384
        i32.store offset=44
        local.get 19
        i64.const 2013272112
        i64.store offset=8
        local.get 19
        i64.const 0
        i64.store offset=24
        local.get 19
        i64.const 0
        i64.store offset=32
        local.get 19
        i32.const 269
        i32.store offset=48
        i64.const 0
        local.set 15
        local.get 19
        local.get 8
        i64.const 8
        i64.add
        i64.store offset=52
        local.get 19
        local.get 17
        i64.store offset=68
        local.get 19
        i32.const 0
        i32.load offset=444
        i32.store offset=92
        local.get 19
        local.get 9
        i32.const 3
        i32.add
        i32.store offset=96
        local.get 19
        i64.const 2013272116
        i64.store offset=60
        local.get 19
        i64.const 0
        i64.store offset=76
        local.get 19
        i64.const 1
        i64.store offset=84
        local.get 19
        i32.const 271
        i32.store offset=100
        i64.const 1
        local.set 17
        local.get 20
        local.get 8
        i64.const 16
        i64.add
        i64.store
        local.get 20
        local.get 9
        i32.const 11
        i32.add
        i32.store offset=40
        local.get 20
        i64.const 2013272120
        i64.store offset=8
        local.get 20
        i64.const 0
        i64.store offset=16
        local.get 20
        i64.const -20
        i64.store offset=24
        local.get 20
        i64.const 0
        i64.store offset=32
        local.get 20
        i32.const 11776
        i32.store offset=44
        i32.const 0
        local.get 19
        i32.const 104
        i32.add
        i32.store offset=4216
        i32.const 0
        local.get 20
        i32.const 48
        i32.add
        i32.store offset=4300
        i32.const 0
        local.get 9
        i32.const 20
        i32.add
        i32.store offset=384
        i32.const 0
        local.get 9
        i32.const 4
        i32.add
        i32.store offset=436
        i32.const 0
        local.get 9
        i32.const 12
        i32.add
        i32.store offset=444
        local.get 8
        i64.const 24
        i64.add
        local.set 8
        local.get 9
        i32.const 24
        i32.add
        local.set 9
        local.get 10
        i32.const 12
        i32.add
        local.set 10
      else
        local.get 1
        i32.const -3
        i32.add
        local.set 1
        global.get $counters
        global.get $counters
        i32.load offset=8
        i32.const 1
        i32.add
        i32.store offset=8
        local.get 7
        i32.const 53249
        i32.and
        if
          i32.const 2013272068
          i32.const 3
          local.get 9
          call $bump
          i32.const 0
          i32.load offset=584
          local.set 7
        end
        i32.const 0
        i32.load offset=4216
        local.set 19
        local.get 19
        local.get 8
        i64.const 0
        i64.add
        i64.store
        local.get 19
        local.get 16
        i64.store offset=16
        local.get 19
        i32.const 0
        i32.load offset=440
        i32.store offset=40
        local.get 19
        i32.const 0
        i32.load offset=384
        i32.store offset=44
        local.get 19
        i64.const 2013272068
        i64.store offset=8
        local.get 19
        i64.const 0
        i64.store offset=24
        local.get 19
        i64.const 0
        i64.store offset=32
        local.get 19
        i32.const 270
        i32.store offset=48
        i64.const 0
        local.set 16
        local.get 19
        local.get 8
        i64.const 8
        i64.add
        i64.store offset=52
        local.get 19
        local.get 17
        i64.store offset=68
        local.get 19
        i32.const 0
        i32.load offset=444
        i32.store offset=92
        local.get 19
        local.get 9
        i32.const 3
        i32.add
        i32.store offset=96
        local.get 19
        i64.const 2013272072
        i64.store offset=60
        local.get 19
        i64.const 0
        i64.store offset=76
        local.get 19
        i64.const 1
        i64.store offset=84
        local.get 19
        i32.const 271
        i32.store offset=100
        i64.const 1
        local.set 17
        local.get 19
        local.get 8
        i64.const 16
        i64.add
        i64.store offset=104
        local.get 19
        local.get 14
        i64.store offset=120
        local.get 19
        i32.const 0
        i32.load offset=432
        i32.store offset=144
        local.get 19
        local.get 9
        i32.const 11
        i32.add
        i32.store offset=148
        local.get 19
        i64.const 2013272076
        i64.store offset=112
        local.get 19
        i64.const 0
        i64.store offset=128
        local.get 19
        i64.const 0
        i64.store offset=136
        local.get 19
        i32.const 268
        i32.store offset=152
        i64.const 0
        local.set 14
        i32.const 0
        local.get 19
        i32.const 156
        i32.add
        i32.store offset=4216
        i32.const 0
        local.get 9
        i32.const 19
        i32.add
        i32.store offset=384
        i32.const 0
        local.get 9
        i32.const 4
        i32.add
        i32.store offset=440
        i32.const 0
        local.get 9
        i32.const 12
        i32.add
        i32.store offset=444
        i32.const 0
        local.get 9
        i32.const 20
        i32.add
        i32.store offset=432
        local.get 8
        i64.const 24
        i64.add
        local.set 8
        local.get 9
        i32.const 24
        i32.add
        local.set 9
        local.get 10
        i32.const 12
        i32.add
        local.set 10
        loop
          block
            loop
              local.get 1
              i32.const 8
              i32.lt_s
              br_if 1
              local.get 1
              i32.const -5
              i32.add
              local.set 1
              global.get $counters
              global.get $counters
              i32.load offset=12
              i32.const 1
              i32.add
              i32.store offset=12
              local.get 7
              i32.const 62464
              i32.and
              if
                i32.const 2013272080
                i32.const 5
                local.get 9
                call $bump
                i32.const 0
                i32.load offset=584
                local.set 7
              end
              i32.const 0
              i32.load offset=4216
              local.set 19
              i32.const 0
              i32.load offset=4212
              local.set 21
              i32.const 0
              i32.load offset=4296
              local.set 18
              local.get 19
              local.get 8
              i64.const 0
              i64.add
              i64.store
              local.get 19
              local.get 15
              i64.store offset=16
              local.get 19
              local.get 17
              i64.store offset=24
              local.get 19
              i32.const 0
              i32.load offset=436
              i32.store offset=40
              local.get 19
              i32.const 0
              i32.load offset=444
              i32.store offset=44
              local.get 19
              i64.const 2013272080
              i64.store offset=8
              local.get 19
              i64.const 0
              i64.store offset=32
              local.get 19
              i32.const 983309
              i32.store offset=48
              local.get 17
              local.set 15
              local.get 19
              local.get 8
              i64.const 8
              i64.add
              i64.store offset=52
              local.get 19
              local.get 16
              i64.store offset=68
              local.get 19
              local.get 16
              i64.store offset=76
              local.get 19
              local.get 9
              i32.const 11
              i32.add
              i32.store offset=92
              local.get 19
              i32.const 0
              i32.load offset=440
              i32.store offset=96
              local.get 19
              i64.const 2013272084
              i64.store offset=60
              local.get 19
              i64.const 1
              i64.store offset=84
              local.get 19
              i32.const 917774
              i32.store offset=100
              local.get 16
              i64.const 1
              i64.add
              local.set 16
              local.get 21
              local.get 8
              i64.const 16
              i64.add
              i64.store
              local.get 21
              local.get 17
              i64.store offset=16
              local.get 21
              local.get 17
              i64.store offset=24
              local.get 21
              local.get 14
              i64.store offset=32
              local.get 21
              local.get 9
              i32.const 19
              i32.add
              i32.store offset=40
              local.get 21
              local.get 9
              i32.const 3
              i32.add
              i32.store offset=44
              local.get 21
              i32.const 0
              i32.load offset=432
              i32.store offset=48
              local.get 21
              i64.const 2013272088
              i64.store offset=8
              local.get 21
              i32.const 202309647
              i32.store offset=52
              local.get 17
              local.get 14
              i64.add
              local.set 17
              local.get 19
              local.get 8
              i64.const 24
              i64.add
              i64.store offset=104
              local.get 19
              local.get 14
              i64.store offset=120
              local.get 19
              local.get 15
              i64.store offset=128
              local.get 19
              local.get 9
              i32.const 18
              i32.add
              i32.store offset=144
              local.get 19
              local.get 9
              i32.const 4
              i32.add
              i32.store offset=148
              local.get 19
              i64.const 2013272092
              i64.store offset=112
              local.get 19
              i64.const 0
              i64.store offset=136
              local.get 19
              i32.const 852236
              i32.store offset=152
              local.get 15
              local.set 14
              local.get 18
              local.get 8
              i64.const 32
              i64.add
              i64.store
              local.get 18
              local.get 12
              i64.store offset=16
              local.get 18
              local.get 16
              i64.store offset=24
              local.get 18
              i64.const 2013272080
              i64.const 2013272100
              local.get 12
              local.get 16
              i64.ne
              select
              i64.store offset=40
              local.get 18
              i32.const 0
              i32.load offset=424
              i32.store offset=48
              local.get 18
              local.get 9
              i32.const 12
              i32.add
              i32.store offset=52
              local.get 18
              i64.const 2013272096
              i64.store offset=8
              local.get 18
              i64.const -16
              i64.store offset=32
              local.get 18
              i32.const 928010
              i32.store offset=56
              i32.const 0
              local.get 19
              i32.const 156
              i32.add
              i32.store offset=4216
              i32.const 0
              local.get 21
              i32.const 56
              i32.add
              i32.store offset=4212
              i32.const 0
              local.get 18
              i32.const 60
              i32.add
              i32.store offset=4296
              i32.const 0
              local.get 9
              i32.const 20
              i32.add
              i32.store offset=444
              i32.const 0
              local.get 9
              i32.const 27
              i32.add
              i32.store offset=436
              i32.const 0
              local.get 9
              i32.const 35
              i32.add
              i32.store offset=440
              i32.const 0
              local.get 9
              i32.const 28
              i32.add
              i32.store offset=432
              i32.const 0
              local.get 9
              i32.const 36
              i32.add
              i32.store offset=424
              local.get 8
              i64.const 40
              i64.add
              local.set 8
              local.get 9
              i32.const 40
              i32.add
              local.set 9
              local.get 10
              i32.const 20
              i32.add
              local.set 10
              local.get 12
              local.get 16
              i64.ne
              br_if 0
              br 4
              unreachable
            end
          end
          i32.const 0
          local.get 4
          i32.store offset=544
          local.get 1
          local.get 3
          i32.const 1
          i32.add
          local.tee 3
          call $refuelAged
          local.tee 1
          i32.const 8
          i32.lt_s
          if
            i32.const 2013272080
            local.set 2
            br 4
          end
          i32.const 0
          i32.load offset=544
          local.set 4
          i32.const 0
          i64.load offset=528
          local.set 5
          i32.const 0
          i32.load offset=572
          local.set 6
          i32.const 0
          i32.load offset=584
          local.set 7
          i32.const 0
          i32.load offset=300
          local.get 1
          i32.const 3
          i32.shl
          i32.sub
          i64.extend_i32_u
          i32.const 0
          i64.load32_u offset=304
          i64.const 32
          i64.shl
          i64.or
          local.set 8
          local.get 8
          i32.wrap_i64
          i32.const 16777215
          i32.and
          local.set 9
          local.get 6
          local.get 8
          local.get 5
          i64.sub
          i32.wrap_i64
          i32.const 1
          i32.shr_u
          i32.add
          local.set 10
          br 0
        end
      end
    end
    local.get 1
    i32.const -3
    i32.add
    local.set 1
    global.get $counters
    global.get $counters
    i32.load offset=16
    i32.const 1
    i32.add
    i32.store offset=16
    local.get 7
    i32.const 43011
    i32.and
    if
      i32.const 2013272100
      i32.const 3
      local.get 9
      call $bump
      i32.const 0
      i32.load offset=584
      local.set 7
    end
    i32.const 0
    i32.load offset=4288
    local.set 22
    i32.const 0
    i32.load offset=4304
    local.set 23
    local.get 13
    local.set 24
    local.get 4
    i64.load
    local.set 26
    local.get 4
    i64.load offset=8
    local.set 27
    local.get 22
    local.get 8
    i64.const 0
    i64.add
    i64.store
    local.get 22
    local.get 15
    i64.store offset=16
    local.get 22
    local.get 13
    i64.store offset=24
    local.get 22
    local.get 4
    i64.load offset=8
    i64.store offset=40
    local.get 22
    local.get 4
    i64.load
    i64.store offset=48
    local.get 22
    i32.const 0
    i32.load offset=436
    i32.store offset=56
    local.get 22
    i32.const 0
    i32.load offset=428
    i32.store offset=60
    local.get 22
    i64.const 2013272100
    i64.store offset=8
    local.get 22
    i64.const 0
    i64.store offset=32
    local.get 22
    i32.const 730893
    i32.store offset=64
    local.get 24
    i64.const -8
    i64.and
    local.set 25
    block
      block
        local.get 26
        local.get 5
        i64.lt_s
        br_if 0
        local.get 6
        local.get 26
        local.get 5
        i64.sub
        i32.wrap_i64
        i32.const 1
        i32.shr_u
        i32.const -4
        i32.and
        i32.add
        i32.load
        local.set 29
        local.get 29
        i64.load
        local.get 25
        i64.eq
        br_if 1
      end
      local.get 25
      local.get 26
      local.get 27
      call $look
      local.set 29
    end
    local.get 15
    local.set 28
    local.get 29
    local.get 8
    i64.const 1
    i64.add
    i64.store offset=24
    local.get 29
    local.get 28
    i64.store offset=32
    local.get 10
    local.get 29
    i32.store
    local.get 13
    i64.const 8
    i64.add
    local.set 24
    local.get 4
    i64.load offset=16
    local.set 26
    local.get 4
    i64.load offset=24
    local.set 27
    local.get 22
    local.get 8
    i64.const 8
    i64.add
    i64.store offset=68
    local.get 22
    local.get 17
    i64.store offset=84
    local.get 22
    local.get 13
    i64.store offset=92
    local.get 22
    local.get 4
    i64.load offset=24
    i64.store offset=108
    local.get 22
    local.get 4
    i64.load offset=16
    i64.store offset=116
    local.get 22
    i32.const 0
    i32.load offset=444
    i32.store offset=124
    local.get 22
    local.get 9
    i32.const 3
    i32.add
    i32.store offset=128
    local.get 22
    i64.const 2013272104
    i64.store offset=76
    local.get 22
    i64.const 8
    i64.store offset=100
    local.get 22
    i32.const 730895
    i32.store offset=132
    local.get 24
    i64.const -8
    i64.and
    local.set 25
    block
      block
        local.get 26
        local.get 5
        i64.lt_s
        br_if 0
        local.get 6
        local.get 26
        local.get 5
        i64.sub
        i32.wrap_i64
        i32.const 1
        i32.shr_u
        i32.const -4
        i32.and
        i32.add
        i32.load
        local.set 29
        local.get 29
        i64.load
        local.get 25
        i64.eq
        br_if 1
      end
      local.get 25
      local.get 26
      local.get 27
      call $look
      local.set 29
    end
    local.get 17
    local.set 28
    local.get 29
    local.get 8
    i64.const 9
    i64.add
    i64.store offset=24
    local.get 29
    local.get 28
    i64.store offset=32
    local.get 10
    local.get 29
    i32.store offset=4
    local.get 23
    local.get 8
    i64.const 16
    i64.add
    i64.store
    local.get 23
    local.get 11
    i64.store offset=24
    local.get 23
    i32.const 0
    i32.load offset=384
    i32.store offset=40
    local.get 23
    i32.const 0
    i32.load offset=388
    i32.store offset=44
    local.get 23
    i64.const 2013272108
    i64.store offset=8
    local.get 23
    i64.const 0
    i64.store offset=16
    local.get 23
    i64.const 0
    i64.store offset=32
    local.get 23
    i32.const 77568
    i32.store offset=48
    local.get 4
    i32.const 32
    i32.add
    local.set 4
    i32.const 0
    local.get 22
    i32.const 136
    i32.add
    i32.store offset=4288
    i32.const 0
    local.get 23
    i32.const 52
    i32.add
    i32.store offset=4304
    i32.const 0
    local.get 9
    i32.const 11
    i32.add
    i32.store offset=428
    i32.const 0
    local.get 9
    i32.const 4
    i32.add
    i32.store offset=436
    i32.const 0
    local.get 9
    i32.const 12
    i32.add
    i32.store offset=444
    i32.const 0
    local.get 9
    i32.const 19
    i32.add
    i32.store offset=388
    i32.const 0
    local.get 9
    i32.const 20
    i32.add
    i32.store offset=384
    local.get 8
    i64.const 24
    i64.add
    local.set 8
    local.get 9
    i32.const 24
    i32.add
    local.set 9
    local.get 10
    i32.const 12
    i32.add
    local.set 10
    i32.const 0
    local.get 14
    i64.store offset=96
    i32.const 0
    local.get 15
    i64.store offset=104
    i32.const 0
    local.get 16
    i64.store offset=112
    i32.const 0
    local.get 17
    i64.store offset=120
    i32.const 0
    local.get 1
    i32.store offset=264
    i32.const 0
    local.get 4
    i32.store offset=544
    local.get 11
    i64.const -2
    i64.and
    local.set 30
    local.get 30
    i64.const 32
    i64.shr_u
    i32.wrap_i64
    if
      local.get 30
      i32.wrap_i64
      local.get 30
      i64.const 32
      i64.shr_u
      i32.wrap_i64
      call $unwindTo
      return
    end
    local.get 0
    i32.const 1
    i32.eq
    if
      local.get 30
      i64.const 2013270016
      i64.sub
      i64.const 2
      i64.rotr
      local.tee 31
      i64.const 555
      i64.lt_u
      if
        i32.const 0
        local.get 30
        i32.wrap_i64
        i32.store offset=272
        i32.const 1
        local.get 31
        i32.wrap_i64
        return_call_indirect
      end
    end
    local.get 30
    i32.wrap_i64
    return
    unreachable
  end
  i32.const 0
  local.get 14
  i64.store offset=96
  i32.const 0
  local.get 15
  i64.store offset=104
  i32.const 0
  local.get 16
  i64.store offset=112
  i32.const 0
  local.get 17
  i64.store offset=120
  i32.const 0
  local.get 1
  i32.store offset=264
  i32.const 0
  local.get 4
  i32.store offset=544
  i32.const 0
  local.get 2
  i32.store offset=272
  i32.const 2013272064
  local.get 0
  i32.const 1
  i32.add
  call $strayAt
  return
)
