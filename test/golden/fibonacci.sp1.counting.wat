(func $fibonacci_78001800 ;; locals: 4 i32, 11 i64
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
    i64.load offset=536
    local.set 6
    i32.const 0
    i64.load offset=8
    local.set 7
    i32.const 0
    i64.load offset=80
    local.set 8
    i32.const 0
    i64.load offset=88
    local.set 9
    i32.const 0
    i64.load offset=96
    local.set 10
    i32.const 0
    i64.load offset=104
    local.set 11
    i32.const 0
    i64.load offset=112
    local.set 12
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
      local.get 8
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
        i64.const 0
        local.set 11
        i64.const 1
        local.set 13
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
        i64.const 0
        local.set 12
        i64.const 1
        local.set 13
        i64.const 0
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
              local.get 13
              local.set 11
              local.get 12
              i64.const 1
              i64.add
              local.set 12
              local.get 13
              local.get 10
              i64.add
              local.set 13
              local.get 11
              local.set 10
              local.get 8
              local.get 12
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
          i64.load offset=536
          local.set 6
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
    local.get 4
    i64.load
    local.get 5
    i64.sub
    local.get 6
    i64.ge_u
    if
      local.get 9
      local.get 4
      i64.load
      i32.const 2013272100
      call $note
    end
    local.get 4
    i64.load offset=16
    local.get 5
    i64.sub
    local.get 6
    i64.ge_u
    if
      local.get 9
      i64.const 8
      i64.add
      local.get 4
      i64.load offset=16
      i32.const 2013272104
      call $note
    end
    local.get 4
    i32.const 32
    i32.add
    local.set 4
    i32.const 0
    local.get 10
    i64.store offset=96
    i32.const 0
    local.get 11
    i64.store offset=104
    i32.const 0
    local.get 12
    i64.store offset=112
    i32.const 0
    local.get 13
    i64.store offset=120
    i32.const 0
    local.get 1
    i32.store offset=264
    i32.const 0
    local.get 4
    i32.store offset=544
    local.get 7
    i64.const -2
    i64.and
    local.set 14
    local.get 14
    i64.const 32
    i64.shr_u
    i32.wrap_i64
    if
      local.get 14
      i32.wrap_i64
      local.get 14
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
      local.get 14
      i64.const 2013270016
      i64.sub
      i64.const 2
      i64.rotr
      local.tee 15
      i64.const 555
      i64.lt_u
      if
        i32.const 0
        local.get 14
        i32.wrap_i64
        i32.store offset=272
        i32.const 1
        local.get 15
        i32.wrap_i64
        return_call_indirect
      end
    end
    local.get 14
    i32.wrap_i64
    return
    unreachable
  end
  i32.const 0
  local.get 10
  i64.store offset=96
  i32.const 0
  local.get 11
  i64.store offset=104
  i32.const 0
  local.get 12
  i64.store offset=112
  i32.const 0
  local.get 13
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
